'use strict';

const EventEmitter = require('events');

const native = require('./native');
const inbox = require('./inbox');
const sendCallbacks = require('./send-callbacks');
const { toArrayBuffer, toBuffer } = require('./buffer-util');
const { closeCodeOf, protocolError } = require('./protocol-error');
const { defineAttributes, EventTarget } = require('./event-target');
const { isValidStatusCode } = require('./validation');
const { selectTransport } = require('./transport');
const {
  BINARY_TYPES,
  COUNTER_QUEUED,
  EMPTY_BUFFER,
  FLAG_FINAL,
  OPCODE_BINARY,
  OPCODE_PING,
  OPCODE_PONG,
  OPCODE_TEXT,
  kOnClose,
  kOnClosed,
  kOnEnd,
  kOnFailure,
  kOnMessage,
  kOnOutput,
  kOnPing,
  kOnWritten
} = require('./constants');

const readyStates = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'];
const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

const CONTROL_PAYLOAD_MAX = 125;
const CLOSE_REASON_MAX = 123;
const NO_STATUS = 1005;

/**
 * A WebSocket connection, as `ws` has it. Its protocol and its I/O are in C:
 * `_slot` is the connection's number there, -1 while there is none.
 *
 * @extends EventEmitter
 */
class WebSocket extends EventEmitter {
  /**
   * @param {null} address Must be `null`: the server's side of a connection.
   *     The client's side comes with a later version
   * @param {undefined} [protocols] Not used
   * @param {Object} options Options of the server
   */
  constructor(address, protocols, options) {
    super();

    if (address !== null) {
      throw new Error(
        'uvws does not have the client role yet: use ws for `new WebSocket(url)`'
      );
    }

    this._closeTimeout = options.closeTimeout;
    this._isServer = true;
    this._protocol = '';
    this._readyState = CONNECTING;
    this._slot = -1;
    this._transport = null;

    if (options.autoPong) {
      this._autoPong = true;
      this._maxPendingAutoPongs = options.maxPendingAutoPongs | 0;
    }
  }

  get binaryType() {
    return this._binaryType;
  }

  set binaryType(type) {
    if (BINARY_TYPES.includes(type)) this._binaryType = type;
  }

  get bufferedAmount() {
    const amount = this._bufferedAfterClose;

    return this._slot === -1
      ? amount
      : amount + this._transport.bufferedAmount(this);
  }

  get extensions() {
    return Object.keys(this._extensions).join();
  }

  get isPaused() {
    return this._paused;
  }

  get protocol() {
    return this._protocol;
  }

  get readyState() {
    return this._readyState;
  }

  get url() {
    return this._url;
  }

  /**
   * The socket below: what was taken over, or a `net.Socket` look-alike over a
   * descriptor of our own, made when it is asked for.
   *
   * @type {?Duplex}
   */
  get _socket() {
    return this._transport === null ? null : this._transport.socket(this);
  }

  /**
   * Takes over a connected socket whose opening handshake is done.
   *
   * @param {Duplex} socket The socket
   * @param {Buffer} head What was received behind the handshake
   * @param {Object} options Options
   * @param {Number} [options.maxFragments=0] Frames of a message, 0: no limit
   * @param {Number} [options.maxPayload=0] Bytes of a message, 0: no limit
   * @param {Boolean} [options.skipUTF8Validation=false] Whether text is taken
   *     unchecked
   */
  setSocket(socket, head, options) {
    this._transport = selectTransport(socket);
    this._transport.open(this, socket, head, options);
    this._readyState = OPEN;
    this.emit('open');
  }

  /**
   * Emits 'close'.
   */
  emitClose() {
    this._readyState = CLOSED;
    this.emit('close', this._closeCode, this._closeMessage);
  }

  /**
   * Starts the closing handshake, or takes its next step (RFC 6455 7.1.2).
   *
   * @param {Number} [code] A close code
   * @param {(String|Uint8Array)} [data] Why, in at most 123 bytes of UTF-8
   * @throws {TypeError} If the code may not be sent, or the reason is no text
   * @throws {RangeError} If the reason is too long
   */
  close(code, data) {
    // While CLOSING the rest of the handshake is up to C.
    if (this._readyState !== OPEN) return;

    const reason = closeReason(code, data);

    this._closeFrameSent = true;
    native.close(this._slot, code === undefined ? NO_STATUS : code, reason);
    this._readyState = CLOSING;
  }

  /**
   * Stops reading. Messages that are parsed already still come.
   */
  pause() {
    if (this._readyState === CONNECTING || this._readyState === CLOSED) return;

    this._paused = true;
    this._transport.pause(this);
  }

  /**
   * Sends a ping.
   *
   * @param {*} [data] At most 125 bytes
   * @param {Boolean} [mask] Ignored
   * @param {Function} [cb] Called when the ping is written out
   */
  ping(data, mask, cb) {
    sendControl(this, OPCODE_PING, data, mask, cb);
  }

  /**
   * Sends a pong.
   *
   * @param {*} [data] At most 125 bytes
   * @param {Boolean} [mask] Ignored
   * @param {Function} [cb] Called when the pong is written out
   */
  pong(data, mask, cb) {
    sendControl(this, OPCODE_PONG, data, mask, cb);
  }

  /**
   * Goes on reading.
   */
  resume() {
    if (this._readyState === CONNECTING || this._readyState === CLOSED) return;

    this._paused = false;
    this._transport.resume(this);
  }

  /**
   * Sends a message, or a fragment of one. It is written together with what
   * else is sent in the same turn of the event loop.
   *
   * @param {*} data A string, Buffer, ArrayBuffer or view; numbers are sent as
   *     text
   * @param {Object} [options] Options
   * @param {Boolean} [options.binary] Whether it is binary; by default what is
   *     no string is
   * @param {Boolean} [options.fin=true] Whether no fragment follows
   * @param {Function} [cb] Called when the message is written out
   */
  send(data, options, cb) {
    if (this._readyState === CONNECTING) throw notOpen(this);

    if (typeof options === 'function') {
      cb = options;
      options = undefined;
    }

    if (typeof data === 'number') data = data.toString();

    if (this._readyState !== OPEN) {
      sendAfterClose(this, data, cb);
      return;
    }

    if (typeof data === 'string') {
      native.sendString(
        this._slot,
        data,
        options ? sendFlags(options, false) : OPCODE_TEXT | FLAG_FINAL
      );
    } else {
      native.sendBuffer(
        this._slot,
        data ? toBuffer(data) : EMPTY_BUFFER,
        options ? sendFlags(options, true) : OPCODE_BINARY | FLAG_FINAL
      );
    }

    if (cb) this._expectWritten(cb);
  }

  /**
   * Ends the connection without a closing handshake. What was sent before is
   * written as far as the kernel takes it.
   */
  terminate() {
    if (this._readyState === CLOSED || this._transport === null) return;

    this._readyState = CLOSING;
    this._transport.destroy(this);
  }

  /**
   * Calls a function once everything sent so far is written out.
   *
   * @param {Function} cb The function
   * @private
   */
  _expectWritten(cb) {
    sendCallbacks.expect(this, inbox.counter(this._slot, COUNTER_QUEUED), cb);
  }

  /**
   * Gives the slot up: C has let go of the connection, or is about to.
   *
   * @private
   */
  _release() {
    sendCallbacks.settle(this);
    this._writtenAtEnd = this._transport.written(this);
    this._slot = -1;
  }

  /**
   * Calls those that wait for output to be written.
   *
   * @private
   */
  _settle() {
    sendCallbacks.settle(this);
  }

  /**
   * Ends the life of the connection: nothing of it will happen any more.
   *
   * @private
   */
  _finish() {
    if (this._readyState === CLOSED) return;

    this._readyState = CLOSING;
    sendCallbacks.fail(this);
    if (this._wss !== undefined) this._wss._untrack(this);
    this.emitClose();
  }

  [kOnMessage](data, isBinary) {
    if (isBinary && this._binaryType !== BINARY_TYPES[0]) {
      data = convertBinary(data, this._binaryType);
    }

    this.emit('message', data, isBinary);
  }

  [kOnPing](data) {
    if (this._autoPong && this._readyState === OPEN) answerPing(this, data);
    this.emit('ping', data);
  }

  [kOnClose](code, reason) {
    this._closeFrameReceived = true;
    this._closeCode = code;
    this._closeMessage = unpooled(reason);
    if (this._slot === -1) return;

    native.conclude(this._slot);
    if (code === NO_STATUS) this.close();
    else this.close(code, reason);
  }

  // As with ws, two ticks after the messages that came before.
  [kOnFailure](status, detail) {
    const err = protocolError(status, detail);

    process.nextTick(() => process.nextTick(fail, this, status, err));
  }

  [kOnEnd]() {
    this._readyState = CLOSING;
  }

  [kOnWritten]() {
    this._settle();
  }

  [kOnOutput](bytes, isEnd) {
    this._transport.write(this, bytes, isEnd);
  }

  [kOnClosed]() {
    this._transport.closed(this);
  }
}

// Most connections never change these: they cost no memory here.
Object.assign(WebSocket.prototype, {
  _autoPong: false,
  _binaryType: BINARY_TYPES[0],
  _bufferedAfterClose: 0,
  _closeCode: 1006,
  _closeFrameReceived: false,
  _closeFrameSent: false,
  _closeMessage: EMPTY_BUFFER,
  _early: null,
  _errorEmitted: false,
  _extensions: {},
  _maxPendingAutoPongs: 0,
  _nativeSocket: null,
  _paused: false,
  _pendingAutoPongs: 0,
  _pendingCallbacks: null,
  _httpServer: undefined,
  _url: undefined,
  _writtenAtEnd: 0,
  _wss: undefined
});

readyStates.forEach((name, value) => {
  const descriptor = { enumerable: true, value };

  Object.defineProperty(WebSocket, name, descriptor);
  Object.defineProperty(WebSocket.prototype, name, descriptor);
});

for (const property of [
  'binaryType',
  'bufferedAmount',
  'extensions',
  'isPaused',
  'protocol',
  'readyState',
  'url'
]) {
  Object.defineProperty(WebSocket.prototype, property, { enumerable: true });
}

Object.assign(WebSocket.prototype, EventTarget);
defineAttributes(WebSocket.prototype);

module.exports = WebSocket;

/**
 * Makes the flags of a data frame. As with `ws`, an option that is there counts
 * even where it is `undefined`.
 */
function sendFlags(options, isBinary) {
  const binary = options.binary;
  const fin = options.fin;
  let opcode = isBinary ? OPCODE_BINARY : OPCODE_TEXT;

  if (binary !== undefined || Object.hasOwn(options, 'binary')) {
    opcode = binary ? OPCODE_BINARY : OPCODE_TEXT;
  }
  if (fin !== undefined || Object.hasOwn(options, 'fin')) {
    return fin ? opcode | FLAG_FINAL : opcode;
  }
  return opcode | FLAG_FINAL;
}

/**
 * Checks the arguments of `close()`.
 *
 * @return {Buffer} The payload behind the code
 */
function closeReason(code, data) {
  if (code === undefined) return EMPTY_BUFFER;
  if (typeof code !== 'number' || !isValidStatusCode(code)) {
    throw new TypeError('First argument must be a valid error code number');
  }
  if (data === undefined || !data.length) return EMPTY_BUFFER;
  if (Buffer.byteLength(data) > CLOSE_REASON_MAX) {
    throw new RangeError('The message must not be greater than 123 bytes');
  }
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError('Second argument must be a string or a Uint8Array');
}

function sendControl(websocket, opcode, data, mask, cb) {
  if (websocket._readyState === CONNECTING) throw notOpen(websocket);

  if (typeof data === 'function') {
    cb = data;
    data = undefined;
  } else if (typeof mask === 'function') {
    cb = mask;
  }

  if (typeof data === 'number') data = data.toString();

  if (websocket._readyState !== OPEN) {
    sendAfterClose(websocket, data, cb);
    return;
  }

  const payload = data ? toBuffer(data) : EMPTY_BUFFER;

  if (payload.length > CONTROL_PAYLOAD_MAX) {
    throw new RangeError('The data size must not be greater than 125 bytes');
  }

  native.sendBuffer(websocket._slot, payload, opcode | FLAG_FINAL);
  if (cb) websocket._expectWritten(cb);
}

/**
 * A peer that pings and does not read must not fill our memory.
 */
function answerPing(websocket, data) {
  if (
    websocket._maxPendingAutoPongs > 0 &&
    websocket._pendingAutoPongs >= websocket._maxPendingAutoPongs
  ) {
    websocket.terminate();
  } else {
    websocket._pendingAutoPongs++;
    websocket.pong(data, undefined, () => websocket._pendingAutoPongs--);
  }
}

function convertBinary(data, type) {
  if (type === 'arraybuffer') return toArrayBuffer(data);
  if (type === 'blob') return new Blob([data]);
  return [data];
}

// A reason must not keep the pool, or what was received with it, alive.
function unpooled(data) {
  if (data.length === 0) return EMPTY_BUFFER;

  const copy = Buffer.allocUnsafeSlow(data.length);

  copy.set(data);
  return copy;
}

function fail(websocket, status, err) {
  if (websocket._slot !== -1) {
    native.conclude(websocket._slot);
    websocket.close(closeCodeOf(status));
  }

  if (!websocket._errorEmitted) {
    websocket._errorEmitted = true;
    websocket.emit('error', err);
  }
}

function notOpen(websocket) {
  const state = websocket._readyState;

  return new Error(
    `WebSocket is not open: readyState ${state} (${readyStates[state]})`
  );
}

function sendAfterClose(websocket, data, cb) {
  if (data) websocket._bufferedAfterClose += toBuffer(data).length;
  if (cb) process.nextTick(cb, notOpen(websocket));
}
