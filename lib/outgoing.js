'use strict';

const { inspect } = require('util');

const native = require('./native');
const PerMessageDeflate = require('./permessage-deflate');
const SendQueue = require('./send-queue');
const zlibOptions = require('./zlib-options');
const { checkControlLength } = require('./payload');
const { encodeOnce } = require('./repeated-text');
const { isBlob } = require('./validation');
const { byteLength, toBuffer } = require('./buffer-util');
const { expectDrain, isTooMuch, refuse } = require('./backpressure');
const {
  EMPTY_BUFFER,
  FLAG_COMPRESSED,
  FLAG_FINAL,
  FLAG_MASKED,
  FLAG_UNMASKED,
  OFF_LOOP_AT,
  OPCODE_BINARY,
  OPCODE_TEXT,
  READY_STATES
} = require('./constants');

// What `send()`, `ping()` and `pong()` do off the straight path: options, data
// that is not in bytes yet, connections that are not open.

const CONNECTING = READY_STATES.indexOf('CONNECTING');
const OPEN = READY_STATES.indexOf('OPEN');

// Of a message without options.
const TEXT_FLAGS = OPCODE_TEXT | FLAG_FINAL | FLAG_COMPRESSED;
const BINARY_FLAGS = OPCODE_BINARY | FLAG_FINAL | FLAG_COMPRESSED;

/**
 * Makes the flags of a data frame. As with `ws`, an option that is there counts
 * even where it is `undefined`.
 */
function sendFlags(options, flags) {
  const { binary, compress, fin, mask } = options;

  const isObject = typeof options === 'object'; // or else a string

  if (binary !== undefined || (isObject && 'binary' in options)) {
    flags = binary ? BINARY_FLAGS : TEXT_FLAGS;
  }
  if (
    !compress &&
    (compress !== undefined || (isObject && 'compress' in options))
  ) {
    flags &= ~FLAG_COMPRESSED;
  }
  if (!fin && (fin !== undefined || (isObject && 'fin' in options))) {
    flags &= ~FLAG_FINAL;
  }
  return mask === undefined ? flags : flags | maskFlag(mask);
}

/**
 * Notes what was agreed on, for `send()`.
 */
function noteCompression(websocket) {
  const agreed = websocket._extensions[PerMessageDeflate.extensionName];

  if (agreed) {
    const { deflate } = zlibOptions.resolve(agreed._options);

    // Options that zlib does not take are found at the first message.
    websocket._offLoopAt = deflate === null ? 0 : OFF_LOOP_AT;
  }
}

/**
 * Tells whether a thread is to compress a message.
 *
 * @throws {(RangeError|TypeError)} As with `ws`, if zlib can't be used for it
 */
function isForThread(websocket, length, flags) {
  const { _extensions: extensions, _offLoopAt: limit, _slot: slot } = websocket;

  if (length < limit || !native.compresses(slot, length, flags)) return false;

  if (limit === 0) {
    const { _options: options } = extensions[PerMessageDeflate.extensionName];

    zlibOptions.deflateOptions(options.zlibDeflateOptions);
  }
  return true;
}

function encode(data) {
  return typeof data === 'string' && data.length >= OFF_LOOP_AT
    ? encodeOnce(data)
    : toBuffer(data);
}

/**
 * Sends what is not in bytes yet, or has to wait for a Blob or a thread.
 *
 * @return {Boolean} What `send()` returns
 */
function sendOther(websocket, data, flags, cb) {
  const blob = !Buffer.isBuffer(data) && isBlob(data) ? data : null;

  if (blob === null) data = encode(data);

  const length = byteLength(data);
  const isAsync = isForThread(websocket, length, flags) || blob !== null;
  const entry = { blob, cb, data, flags, length, send };

  function send(isDeflated) {
    if (websocket._generateMask !== null) useOwnKey(websocket, flags);
    const { _slot: slot } = websocket;
    const isWaiting = isDeflated
      ? native.sendDeflated(slot)
      : native.sendBuffer(slot, entry.data, flags);

    if (cb) websocket._expectWritten(cb);
    return isWaiting === undefined || expectDrain(websocket);
  }

  if (!isAsync && websocket._queue === null) return send(false);

  websocket._queue ??= new SendQueue(websocket);
  websocket._queue.push(entry);
  return websocket.bufferedAmount === 0 || expectDrain(websocket);
}

/**
 * Deals with what was not published to a client: it goes behind what waits for a
 * Blob or a thread, or waits for one itself, or the client does not keep up.
 *
 * @param {WebSocket} websocket The client
 * @param {(String|Uint8Array)} data The message
 * @param {Function} copy Gives a copy of it that nobody changes
 * @param {Number} flags Its flags
 * @return {Boolean} Whether it will be sent
 */
function sendPublished(websocket, data, copy, flags) {
  const { _queue: queue } = websocket;

  if (queue === null && !isForThread(websocket, byteLength(data), flags)) {
    return refuse(websocket, data, flags);
  }
  if (websocket._readyState !== OPEN || queue?.isInMessage) return false;
  if (isTooMuch(websocket, data)) return refuse(websocket, data, flags);

  sendOther(websocket, copy(), flags);
  return true;
}

function sendControl(websocket, opcode, data, mask, cb) {
  if (websocket._readyState === CONNECTING) throw notOpen(websocket);

  if (typeof data === 'function') {
    cb = data;
    data = mask = undefined;
  } else if (typeof mask === 'function') {
    cb = mask;
    mask = undefined;
  }

  if (typeof data === 'number') data = data.toString();

  if (websocket._readyState !== OPEN) {
    sendAfterClose(websocket, data, cb);
    return;
  }

  if (cb && typeof cb !== 'function') cb = checkNoCallback(cb);

  const payload = data && !isBlob(data) ? toBuffer(data) : data;

  checkControlLength(byteLength(payload));
  sendOther(
    websocket,
    payload || EMPTY_BUFFER,
    opcode | FLAG_FINAL | (mask === undefined ? 0 : maskFlag(mask)),
    cb
  );
}

/**
 * Lets the application make the masking key of a frame that is masked.
 */
function useOwnKey(websocket, flags) {
  const isMasked = websocket._isServer
    ? flags & FLAG_MASKED
    : !(flags & FLAG_UNMASKED);

  if (isMasked) {
    websocket._generateMask(websocket._maskKey);
    native.useKey(websocket._slot, websocket._maskKey);
  }
}

/**
 * What is no callback is, for the stream of `ws`, the name of an encoding.
 *
 * @throws {TypeError} If it is none either
 */
function checkNoCallback(cb) {
  if (Buffer.isEncoding(cb)) return undefined;

  const err = new TypeError(`Unknown encoding: ${inspect(cb)}`);

  err.code = 'ERR_UNKNOWN_ENCODING';
  throw err;
}

function maskFlag(mask) {
  return mask ? FLAG_MASKED : FLAG_UNMASKED;
}

function notOpen(websocket) {
  const state = websocket._readyState;

  return new Error(
    `WebSocket is not open: readyState ${state} (${READY_STATES[state]})`
  );
}

function sendAfterClose(websocket, data, cb) {
  websocket._bufferedAfterClose += byteLength(data);
  if (cb) process.nextTick(cb, notOpen(websocket));
}

module.exports = {
  BINARY_FLAGS,
  TEXT_FLAGS,
  checkNoCallback,
  noteCompression,
  notOpen,
  sendAfterClose,
  sendPublished,
  sendControl,
  sendFlags,
  sendOther,
  useOwnKey
};
