'use strict';

const { toBuffer } = require('./buffer-util');

/**
 * What a WebSocket has to send behind a `Blob` that is still being read. Order
 * is kept; the queue is given up when it is empty.
 */
class SendQueue {
  #websocket;
  #jobs = [];

  /** Bytes of payload that wait. */
  bytes = 0;

  /**
   * @param {WebSocket} websocket The WebSocket
   */
  constructor(websocket) {
    this.#websocket = websocket;
  }

  /**
   * Queues something to send.
   *
   * @param {(Blob|Number)} what The Blob, or the bytes of payload that wait
   * @param {Function} send Sends it, given the bytes of the Blob
   * @param {Function} [cb] Called with an error if it can't be sent
   */
  push(what, send, cb) {
    const blob = typeof what === 'number' ? null : what;
    const length = blob === null ? what : blob.size;

    this.bytes += length;
    this.#jobs.push({ blob, cb, length, send });
    if (this.#jobs.length === 1) this.#next();
  }

  #next() {
    while (this.#jobs.length > 0 && this.#jobs[0].blob === null) {
      this.#done();
    }

    if (this.#jobs.length === 0) {
      this.#websocket._queue = null;
      return;
    }

    this.#jobs[0].blob.arrayBuffer().then(
      (bytes) => process.nextTick(() => this.#onRead(bytes)),
      (err) => process.nextTick(() => this.#onError(err))
    );
  }

  #done(bytes) {
    const { length, send } = this.#jobs.shift();

    this.bytes -= length;
    send(bytes);
  }

  #onRead(arrayBuffer) {
    if (this.#websocket._transport.isDestroyed(this.#websocket)) {
      this.#fail(
        new Error('The socket was closed while the blob was being read')
      );
      return;
    }

    this.#done(toBuffer(arrayBuffer));
    this.#next();
  }

  #onError(err) {
    this.#fail(err);
    this.#websocket._onSendError(err);
  }

  #fail(err) {
    for (const { cb } of this.#jobs.splice(0)) {
      if (typeof cb === 'function') cb(err);
    }
  }
}

module.exports = SendQueue;
