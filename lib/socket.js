'use strict';

const { Duplex } = require('stream');

const native = require('./native');
const inbox = require('./inbox');
const sendCallbacks = require('./send-callbacks');
const {
  COUNTER_QUEUED,
  COUNTER_RECEIVED,
  COUNTER_WRITTEN
} = require('./constants');

/**
 * What `ws._socket` and `req.socket` are over a descriptor of C's own: a Duplex
 * with the parts of `net.Socket` that applications use. What is written to it
 * goes out raw, behind the frames that were sent before; nothing can be read
 * from it, for C reads.
 *
 * @extends Duplex
 */
class NativeSocket extends Duplex {
  #websocket;
  #local;
  #remote;
  #bytesRead = 0;
  #bytesWritten = 0;

  constructor(websocket) {
    super({ allowHalfOpen: true, emitClose: true });
    this.#websocket = websocket;
    this.connecting = false;
    this.pending = false;
    // Known while the connection is there, and asked for after it is gone.
    this.#local = native.localAddress(websocket._slot) ?? {};
    this.#remote = native.remoteAddress(websocket._slot) ?? {};
  }

  get remoteAddress() {
    return this.#remote.address;
  }

  get remoteFamily() {
    return this.#remote.family;
  }

  get remotePort() {
    return this.#remote.port;
  }

  get localAddress() {
    return this.#local.address;
  }

  get localFamily() {
    return this.#local.family;
  }

  get localPort() {
    return this.#local.port;
  }

  get bytesRead() {
    return this.#total(COUNTER_RECEIVED) ?? this.#bytesRead;
  }

  get bytesWritten() {
    return this.#total(COUNTER_WRITTEN) ?? this.#bytesWritten;
  }

  get bufferSize() {
    return this.writableLength;
  }

  get readyState() {
    return this.destroyed ? 'closed' : 'open';
  }

  address() {
    return this.#local;
  }

  setNoDelay() {
    return this;
  }

  setKeepAlive() {
    return this;
  }

  setTimeout() {
    return this;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  pause() {
    native.pause(this.#websocket._slot);
    return this;
  }

  resume() {
    native.resume(this.#websocket._slot);
    return this;
  }

  destroySoon() {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', this.destroy);
  }

  resetAndDestroy() {
    return this.destroy();
  }

  _read() {}

  _write(chunk, encoding, callback) {
    const websocket = this.#websocket;

    if (websocket._slot === -1) {
      callback(new Error('This socket has been ended by the other party'));
      return;
    }

    native.write(websocket._slot, chunk);
    sendCallbacks.expect(
      websocket,
      inbox.counter(websocket._slot, COUNTER_QUEUED),
      callback
    );
  }

  _final(callback) {
    native.end(this.#websocket._slot);
    callback();
  }

  _destroy(err, callback) {
    const slot = this.#websocket._slot;

    if (slot !== -1) {
      this.#bytesRead = this.bytesRead;
      this.#bytesWritten = this.bytesWritten;
      native.terminate(slot);
    }
    callback(err);
  }

  #total(which) {
    const slot = this.#websocket._slot;

    return slot === -1 ? undefined : inbox.counter(slot, which);
  }
}

module.exports = NativeSocket;
