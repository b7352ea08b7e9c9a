'use strict';

const native = require('./native');
const { checkDrain } = require('./backpressure');
const { toBuffer } = require('./buffer-util');
const { FLAG_FINAL, OPCODE_CLOSE } = require('./constants');

const OPCODE_MASK = 15;

/**
 * What a WebSocket has to send behind a `Blob` that is still being read, or a
 * message that a thread still compresses. Order is kept; the queue is given up
 * when it is empty.
 *
 * Its entries have `length`, the bytes of payload that wait, `send()`, which is
 * told whether the message has been compressed, and, as far as they apply:
 * `blob`, the Blob to be read; `data`, the bytes of a message, `flags` and `cb`.
 */
class SendQueue {
  #websocket;
  #entries = [];
  #isDeflating = false;

  /** Bytes of payload that wait. */
  bytes = 0;

  /**
   * @param {WebSocket} websocket The WebSocket
   */
  constructor(websocket) {
    this.#websocket = websocket;
    native.setQueueing(websocket._slot, 1);
  }

  /** Whether what is sent next goes on with a message that has begun. */
  get isInMessage() {
    const last = this.#entries.findLast(
      ({ flags }) => flags !== undefined && (flags & OPCODE_MASK) < OPCODE_CLOSE
    );

    return last === undefined
      ? native.isInMessage(this.#websocket._slot)
      : (last.flags & FLAG_FINAL) === 0;
  }

  /**
   * Queues something to send.
   *
   * @param {Object} entry See above
   */
  push(entry) {
    this.bytes += entry.length;
    this.#entries.push(entry);
    if (this.#entries.length === 1) this.#next();
  }

  /**
   * Goes on: the first entry is compressed.
   */
  onDeflated() {
    this.#isDeflating = false;
    this.#done(true);
    this.#next();
  }

  /**
   * Calls back with an error what waits for a thread: the connection has ended.
   */
  onClose() {
    if (!this.#isDeflating) return;
    this.#isDeflating = false;
    this.#fail(
      new Error('The socket was closed while data was being compressed')
    );
  }

  #next() {
    while (this.#entries.length > 0) {
      if (this.#entries[0].blob) {
        this.#read();
        return;
      }
      if (this.#deflate()) return;
      this.#done(false);
    }

    this.#websocket._queue = null;
    native.setQueueing(this.#websocket._slot, 0);
    checkDrain(this.#websocket);
  }

  #deflate() {
    const { _offLoopAt: limit, _slot: slot } = this.#websocket;
    const { data, flags, length } = this.#entries[0];

    this.#isDeflating =
      data !== undefined &&
      length >= limit &&
      native.deflate(slot, data, flags);
    return this.#isDeflating;
  }

  #done(isDeflated) {
    const entry = this.#entries.shift();

    this.bytes -= entry.length;
    entry.send(isDeflated);
  }

  #read() {
    this.#entries[0].blob.arrayBuffer().then(
      (bytes) => process.nextTick(() => this.#onRead(bytes)),
      (err) => process.nextTick(() => this.#onError(err))
    );
  }

  #onRead(arrayBuffer) {
    if (this.#websocket._transport.isDestroyed(this.#websocket)) {
      this.#fail(
        new Error('The socket was closed while the blob was being read')
      );
      return;
    }

    this.#entries[0].blob = null;
    this.#entries[0].data = toBuffer(arrayBuffer);
    this.#next();
  }

  #onError(err) {
    this.#fail(err);
    this.#websocket._onSendError(err);
  }

  #fail(err) {
    for (const { cb } of this.#entries.splice(0)) {
      if (typeof cb === 'function') cb(err);
    }
  }
}

module.exports = SendQueue;
