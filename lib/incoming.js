'use strict';

const native = require('./native');
const PerMessageDeflate = require('./permessage-deflate');
const emitMessage = require('./emit-message');
const zlibOptions = require('./zlib-options');
const { checkDrain } = require('./backpressure');
const { closeCodeOf, protocolError, statusOf } = require('./protocol-error');
const { onError } = require('./diagnostics');
const { convertBinary } = require('./buffer-util');
const {
  BINARY_TYPES,
  EMPTY_BUFFER,
  READY_STATES,
  kOnClose,
  kOnClosed,
  kOnDeflated,
  kOnEnd,
  kOnFailure,
  kOnFragment,
  kOnInflating,
  kOnThrottled,
  kOnMessage,
  kOnOutput,
  kOnPing,
  kOnPong,
  kOnSocketClose,
  kOnWritten
} = require('./constants');

const OPEN = READY_STATES.indexOf('OPEN');
const CLOSING = READY_STATES.indexOf('CLOSING');

const NO_MEMORY = statusOf('ERR_NO_MEMORY');
const ERR_RATE_LIMITED = statusOf('ERR_RATE_LIMITED');
const NO_STATUS = 1005;

/**
 * What C tells a WebSocket of its connection, through lib/inbox.js. Meant to be
 * mixed into its prototype.
 *
 * @mixin
 */
const incoming = {
  [kOnMessage](data, isBinary) {
    if (isBinary && this._binaryType !== BINARY_TYPES[0]) {
      data = convertBinary(data, this._binaryType, this._fragmentEnds);
    }
    if (this._fragmentEnds !== undefined) this._fragmentEnds = undefined;

    emitMessage(this, data, isBinary);
  },

  [kOnFragment](end) {
    this._fragmentEnds ??= [];
    this._fragmentEnds.push(end);
  },

  // A thread inflates what comes next, which the end of the connection waits
  // for: what was received is emitted before.
  [kOnInflating](isBegun) {
    this._isInflating = isBegun;
    this._transport.updateReading(this);
    if (this._isFinishing && !isBegun) this._finish();
  },

  [kOnThrottled](isBegun) {
    this._isThrottled = isBegun;
    this._transport.updateReading(this);
  },

  [kOnPing](data) {
    // Who takes the listener of ws's receiver away wants no pong.
    if (this._connectionReceiver?.listenerCount('ping') === 0) return;

    if (this._autoPong && this._readyState === OPEN) answerPing(this, data);
    this.emit('ping', data);
  },

  [kOnPong](data) {
    this.emit('pong', data);
  },

  [kOnClose](code, reason) {
    this._closeFrameReceived = true;
    this._closeCode = code;
    this._closeMessage = unpooled(reason);
    if (this._slot === -1) return;

    native.conclude(this._slot);
    if (code === NO_STATUS) this.close();
    else this.close(code, reason);
    this._connectionReceiver?.emit('conclude', code, reason);
  },

  // As with ws, two ticks after the messages that came before.
  [kOnFailure](status, detail) {
    const err = protocolError(status, detail);

    this._isFailing = true;
    process.nextTick(() => process.nextTick(fail, this, status, err));
    if (status === NO_MEMORY) checkInflateOptions(this);
  },

  [kOnEnd]() {
    this._hasPeerEnded = true;
    if (this._readyState === OPEN) this._readyState = CLOSING;
  },

  [kOnWritten]() {
    this._settle();
    if (this._slot !== -1 && this._transport.bufferedAmount(this) === 0) {
      this._transport.drained(this);
      checkDrain(this);
    }
  },

  [kOnDeflated]() {
    this._queue.onDeflated();
  },

  // What is flushed when the stream has closed goes nowhere.
  [kOnOutput](bytes, isEnd) {
    if (this._slot !== -1) this._transport.write(this, bytes, isEnd);
  },

  [kOnClosed]() {
    // Without memory C could not tell.
    if (this._isInflating) this[kOnInflating](false);
    this._transport.closed(this);
  },

  // Behind what the application does in 'close' of the socket, and behind the
  // callbacks of what it tried to send last, unless all was received before.
  [kOnSocketClose]() {
    if (this._readyState === OPEN) this._readyState = CLOSING;

    const isReceived =
      this._hasPeerEnded || this._closeFrameReceived || this._errorEmitted;

    if (isReceived) this._finish();
    else process.nextTick(() => this._finish());
  }
};

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

// A reason must not keep the pool, or what was received with it, alive.
function unpooled(data) {
  if (data.length === 0) return EMPTY_BUFFER;

  const copy = Buffer.allocUnsafeSlow(data.length);

  copy.set(data);
  return copy;
}

// C can't inflate with options that zlib does not take. As with ws it is then
// that their error is thrown, into the event loop.
function checkInflateOptions(websocket) {
  const agreed = websocket._extensions[PerMessageDeflate.extensionName];

  if (agreed) zlibOptions.inflateOptions(agreed._options.zlibInflateOptions);
}

function fail(websocket, status, err) {
  const code = closeCodeOf(status);

  if (websocket._slot !== -1) {
    native.conclude(websocket._slot);
    websocket.close(code);
  }

  websocket._isFailing = false;
  try {
    // The application has asked for it: no error, but the code that it sees.
    if (status === ERR_RATE_LIMITED) websocket._closeCode = code;
    else emitError(websocket, err);
  } finally {
    // The connection may have ended meanwhile: 'close' comes behind 'error'.
    if (websocket._isFinishing) websocket._finish();
  }
}

function emitError(websocket, err) {
  if (websocket._errorEmitted) return;

  websocket._errorEmitted = true;
  onError(websocket, err);
  websocket.emit('error', err);
}

module.exports = { emitError, incoming };
