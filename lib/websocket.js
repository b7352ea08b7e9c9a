'use strict';

const EventEmitter = require('events');

const {
  types: { isUint8Array }
} = require('util');

const native = require('./native');
const inbox = require('./inbox');
const DeferredEvents = require('./deferred-events');
const { completePrototype, keepOptions } = require('./websocket-prototype');
const sendCallbacks = require('./send-callbacks');
const { expectDrain, isTooMuch, refuse } = require('./backpressure');
const { abortConnecting, connect } = require('./client');
const { onClose, onOpen } = require('./diagnostics');
const { joinHub, newHub, readLimits } = require('./limits');
const { closeReason } = require('./payload');
const { ConnectionReceiver } = require('./receiver');
const { ConnectionSender } = require('./sender');
const { emitError } = require('./incoming');
const {
  BINARY_FLAGS,
  TEXT_FLAGS,
  checkNoCallback,
  noteCompression,
  notOpen,
  sendAfterClose,
  sendControl,
  sendFlags,
  sendOther,
  useOwnKey
} = require('./outgoing');
const { sendText } = require('./repeated-text');
const { selectTransport } = require('./transport');
const {
  BINARY_TYPES,
  COUNTER_QUEUED,
  EMPTY_BUFFER,
  OPCODE_CLOSE,
  OPCODE_PING,
  OPCODE_PONG
} = require('./constants');

const { given } = inbox;

// The exports of an addon are slow to look up.
const { sendBuffer, sendGiven } = native;

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

const MASK_KEY_LENGTH = 4;
const NO_STATUS = 1005;

// What EventEmitter makes is a hash table: as large as all the rest, and slower.
function Events() {}
Events.prototype = Object.create(null);

/**
 * A WebSocket connection, as `ws` has it. Its protocol and its I/O are in C:
 * `_slot` is the connection's number there, -1 while there is none.
 *
 * @extends EventEmitter
 */
class WebSocket extends EventEmitter {
  /**
   * @param {?(String|URL)} address Where to connect to; `null` makes a server's
   *     side, which gets its connection by `setSocket()`
   * @param {(String|String[])} [protocols] The subprotocols to ask for
   * @param {Object} [options] Options
   * @throws {SyntaxError} If the address or a subprotocol is invalid
   * @throws {RangeError} If the protocol version is unknown
   */
  constructor(address, protocols, options) {
    super();

    this._events = new Events();
    this._readyState = CONNECTING;
    this._slot = -1;
    this._transport = null;

    if (address !== null) {
      this._isServer = false;
      options = connect(this, address, protocols, options);
      this._limits = readLimits(options);
    }
    keepOptions(this, options);
  }

  get binaryType() {
    return this._binaryType;
  }

  set binaryType(type) {
    if (!BINARY_TYPES.includes(type)) return;

    this._binaryType = type;
    this._tellFragments();
  }

  get bufferedAmount() {
    const amount = this._queuedBytes();

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
   * The socket below: what was taken over, or a `net.Socket` over a descriptor
   * of our own, made when it is asked for.
   *
   * @type {?Duplex}
   */
  get _socket() {
    return this._transport === null ? null : this._transport.socket(this);
  }

  /**
   * What `ws` receives with, as far as other code touches it.
   *
   * @type {?ConnectionReceiver}
   */
  get _receiver() {
    if (this._transport === null) return null;
    this._connectionReceiver ??= new ConnectionReceiver(this);
    return this._connectionReceiver;
  }

  /**
   * What `ws` sends with, as far as other code touches it.
   *
   * @type {?ConnectionSender}
   */
  get _sender() {
    if (this._transport === null) return null;
    this._connectionSender ??= new ConnectionSender(this);
    return this._connectionSender;
  }

  /**
   * Takes over a connected socket whose opening handshake is done.
   *
   * @param {Duplex} socket The socket
   * @param {Buffer} head What was received behind the handshake
   * @param {Object} options Options
   * @param {Boolean} [options.allowSynchronousEvents=false] Whether several
   *     events may be emitted in one turn of the event loop
   * @param {Function} [options.generateMask] Fills a 4-byte Buffer with the
   *     masking key of the next frame
   * @param {Number} [options.maxFragments=0] Frames of a message, 0: no limit
   * @param {Number} [options.maxPayload=0] Bytes of a message, 0: no limit
   * @param {Boolean} [options.skipUTF8Validation=false] Whether text is taken
   *     unchecked
   */
  setSocket(socket, head, options) {
    const transport = selectTransport(socket);

    transport.open(this, socket, head, options);
    this._open(transport, options);
  }

  /**
   * Begins the open state.
   *
   * @param {Object} transport The transport that has opened the connection
   * @param {Object} options See `setSocket()`
   * @private
   */
  _open(transport, options) {
    const maxPayload = options.maxPayload | 0;

    if (!options.allowSynchronousEvents) {
      this._deferredEvents = new DeferredEvents(this);
    }

    if (options.generateMask) {
      this._generateMask = options.generateMask;
      this._maskKey = Buffer.alloc(MASK_KEY_LENGTH);
    }

    this._transport = transport;
    if (maxPayload !== this._maxPayload) this._maxPayload = maxPayload;
    this._readyState = OPEN;
    if (this._limits !== null)
      joinHub(newHub(this._limits), this._limits, this);
    noteCompression(this);
    this._tellFragments();
    if (!this._isServer) onOpen(this);
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
    if (this._readyState === CONNECTING) abortConnecting(this);
    // While CLOSING the rest of the handshake is up to C.
    if (this._readyState !== OPEN) return;

    const reason = closeReason(code, data);
    const sendClose = () => {
      this._closeFrameSent = true;
      if (this._generateMask !== null) useOwnKey(this, OPCODE_CLOSE);
      native.close(this._slot, code === undefined ? NO_STATUS : code, reason);
    };

    if (this._queue === null) {
      sendClose();
    } else {
      const length = code === undefined ? 0 : 2 + reason.length;

      this._queue.push({ length, send: sendClose });
      native.expectClose(this._slot);
    }
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
   * @param {Boolean} [options.compress=true] Whether to compress it, if that was
   *     agreed on
   * @param {Boolean} [options.fin=true] Whether no fragment follows
   * @param {Function} [cb] Called when the message is written out
   * @return {Boolean} `false` if the peer does not keep up: 'drain' is emitted
   *     once nothing waits to be written; and if the message was not sent
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
      return false;
    }

    const isText = typeof data === 'string';
    let flags = isText ? TEXT_FLAGS : BINARY_FLAGS;

    if (cb && typeof cb !== 'function') cb = checkNoCallback(cb);
    if (options) flags = sendFlags(options, flags);
    if (this._needsDrain && isTooMuch(this, data)) {
      return refuse(this, data, flags, cb);
    }

    if (
      this._queue !== null ||
      !(isText || isUint8Array(data)) ||
      data.length >= this._offLoopAt ||
      data.length === 0 // or its memory is gone
    ) {
      return sendOther(this, data || EMPTY_BUFFER, flags, cb);
    }

    if (this._generateMask !== null) useOwnKey(this, flags);

    const { _slot: slot } = this;
    const isWaiting = isText
      ? sendText(slot, data, flags)
      : data === given.buffer
        ? sendGiven(slot, flags)
        : sendBuffer(slot, data, flags);

    if (cb) this._expectWritten(cb);
    return isWaiting === undefined || expectDrain(this);
  }

  /**
   * Ends the connection without a closing handshake. What was sent before is
   * written as far as the kernel takes it.
   */
  terminate() {
    if (this._readyState === CONNECTING) abortConnecting(this);
    if (this._readyState === CLOSED || this._transport === null) return;

    this._readyState = CLOSING;
    if (this._slot !== -1) this._wss?._topics.leave(this);
    this._transport.destroy(this);
  }

  /**
   * Bytes of payload that wait for a Blob or a thread, or were sent too late.
   *
   * @return {Number} The bytes
   * @private
   */
  _queuedBytes() {
    const queued = this._queue === null ? 0 : this._queue.bytes;

    return this._bufferedAfterClose + queued;
  }

  /**
   * Ends the connection: what was to be sent can't be had.
   *
   * @param {Error} err Why
   * @private
   */
  _onSendError(err) {
    if (this._readyState === CLOSED) return;

    this._readyState = CLOSING;
    if (this._slot !== -1) native.end(this._slot);
    emitError(this, err);
  }

  /**
   * What lib/inbox.js hands events to.
   *
   * @private
   */
  get _eventSink() {
    return this._deferredEvents === null ? this : this._deferredEvents;
  }

  /**
   * Lets C tell where fragments end, if the application wants to know.
   *
   * @private
   */
  _tellFragments() {
    const isWanted = this._binaryType === 'fragments';

    if (this._slot === -1 || isWanted === this._tellsFragments) return;
    this._tellsFragments = isWanted;
    native.tellFragments(this._slot, isWanted ? 1 : 0);
  }

  /**
   * Calls a function once everything sent so far is written out.
   *
   * @param {Function} cb The function
   * @private
   */
  _expectWritten(cb) {
    if (this._slot === -1) {
      sendCallbacks.refuse(cb);
      return;
    }

    sendCallbacks.expect(this, inbox.counter(this._slot, COUNTER_QUEUED), cb);
  }

  /**
   * Gives the slot up: C has let go of the connection, or is about to.
   *
   * @private
   */
  _release() {
    if (this._slot === -1) return;

    sendCallbacks.settle(this);
    this._wss?._topics.leave(this);
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
   * Comes back behind the events that wait. Once only: two that let each other
   * go first would do so for ever.
   *
   * @private
   */
  _deferFinish() {
    if (this._isFinishDeferred) return;

    this._isFinishDeferred = true;
    this._deferredEvents.push(() => {
      this._isFinishDeferred = false;
      this._finish();
    });
  }

  /**
   * Ends the life of the connection: nothing of it will happen any more.
   *
   * @private
   */
  _finish() {
    if (this._readyState === CLOSED) return;

    this._readyState = CLOSING;
    if (this._isInflating || this._isFailing) {
      this._isFinishing = true;
      return;
    }

    if (this._deferredEvents?.isBusy) {
      this._deferFinish();
      return;
    }

    sendCallbacks.fail(this);
    if (this._queue !== null) this._queue.onClose();
    if (this._wss !== undefined) this._wss._untrack(this);
    onClose(this);
    this.emitClose();
  }
}

completePrototype(WebSocket);

module.exports = WebSocket;
