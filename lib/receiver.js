'use strict';

const EventEmitter = require('events');
const { Writable } = require('stream');

const native = require('./native');
const inbox = require('./inbox');
const { adopt, payloadLimit } = require('./session-options');
const { convertBinary } = require('./buffer-util');
const { closeCodeOf, protocolError } = require('./protocol-error');
const {
  BINARY_TYPES,
  kOnClose,
  kOnEnd,
  kOnFailure,
  kOnInflating,
  kOnMessage,
  kOnPing,
  kOnPong,
  kStatusCode
} = require('./constants');

// A session of C's lives as long as the Receiver that feeds it.
const sessions = new FinalizationRegistry((slot) => native.terminate(slot));

/**
 * Parses what it is written, as `ws` exports it: emits 'message', 'ping',
 * 'pong' and 'conclude'. A WebSocket of uvws parses in C without one.
 *
 * @extends Writable
 */
class Receiver extends Writable {
  #error = null;
  #isInflating = false;
  #onInflated = null; // goes on behind what a thread has inflated
  #slot;

  /**
   * @param {Object} [options] Options
   * @param {String} [options.binaryType=nodebuffer] What binary messages are
   * @param {Object} [options.extensions] The extensions that were agreed on
   * @param {Boolean} [options.isServer=false] Whether frames must be masked
   * @param {Number} [options.maxFragments=0] Frames of a message, 0: no limit
   * @param {Number} [options.maxPayload=0] Bytes of a message, 0: no limit
   * @param {Boolean} [options.skipUTF8Validation=false] Whether text is taken
   *     unchecked
   */
  constructor(options = {}) {
    super();
    this._binaryType = options.binaryType || BINARY_TYPES[0];
    this.#slot = adopt(
      -1,
      {
        _closeTimeout: 0,
        _extensions: options.extensions,
        _isServer: !!options.isServer
      },
      options
    );
    sessions.register(this, this.#slot, this);
  }

  // What lib/inbox.js hands events to.
  get _eventSink() {
    return this;
  }

  _write(chunk, encoding, callback) {
    const slot = this.#slot;

    if (slot === -1) {
      callback();
      return;
    }

    const end = () => {
      inbox.detach(slot);
      callback(this.#error);
    };

    // Bound only while it is fed, so that it can be collected.
    inbox.attach(slot, this, this);
    inbox.feed(slot, chunk);
    if (this.#isInflating) this.#onInflated = end;
    else end();
  }

  _destroy(err, callback) {
    this.#end();
    callback(err);
  }

  _final(callback) {
    this.#end();
    callback();
  }

  #end() {
    if (this.#slot === -1) return;
    native.terminate(this.#slot);
    sessions.unregister(this);
    this.#slot = -1;
  }

  [kOnMessage](data, isBinary) {
    this.emit(
      'message',
      isBinary ? convertBinary(data, this._binaryType) : data,
      isBinary
    );
  }

  [kOnPing](data) {
    this.emit('ping', data);
  }

  [kOnPong](data) {
    this.emit('pong', data);
  }

  [kOnClose](code, reason) {
    this.emit('conclude', code, reason);
    this.end();
  }

  [kOnFailure](status, detail) {
    this.#error = protocolError(status, detail);
    this.#error[kStatusCode] = closeCodeOf(status);
  }

  [kOnInflating](isBegun) {
    this.#isInflating = isBegun;
    if (!isBegun) this.#onInflated();
  }

  [kOnEnd]() {}
}

/**
 * What `ws._receiver` is: who takes its 'ping' listener away stops the automatic
 * pongs, who sets `_maxPayload` changes the limit.
 *
 * @extends EventEmitter
 */
class ConnectionReceiver extends EventEmitter {
  #maxPayload;
  #websocket;

  /**
   * @param {WebSocket} websocket The WebSocket
   */
  constructor(websocket) {
    super();
    this.#maxPayload = websocket._maxPayload;
    this.#websocket = websocket;

    for (const event of [
      'conclude',
      'drain',
      'error',
      'message',
      'ping',
      'pong'
    ]) {
      this.on(event, () => {});
    }
  }

  get _maxPayload() {
    return this.#maxPayload;
  }

  set _maxPayload(value) {
    this.#maxPayload = value;
    if (this.#websocket._slot !== -1) {
      native.setMaxPayload(this.#websocket._slot, payloadLimit(value));
    }
  }
}

module.exports = { ConnectionReceiver, Receiver };
