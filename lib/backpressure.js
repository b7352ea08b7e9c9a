'use strict';

const native = require('./native');
const { byteLength } = require('./buffer-util');
const { FLAG_FINAL, READY_STATES } = require('./constants');

// What happens once the kernel, or the stream below, takes no more: `send()`
// returns false, and 'drain' is emitted when nothing waits any more. With
// `maxBackpressure`, what would exceed it is not sent at all.

const OPEN = READY_STATES.indexOf('OPEN');
const CLOSED = READY_STATES.indexOf('CLOSED');
const TRY_AGAIN_LATER = 1013;

/**
 * Notes that something waits to be written.
 *
 * @param {WebSocket} websocket The WebSocket
 * @return {Boolean} `false`, for `send()` to return
 */
function expectDrain(websocket) {
  websocket._needsDrain = true;
  return false;
}

/**
 * Emits 'drain' if it is expected, and nothing waits any more.
 *
 * @param {WebSocket} websocket The WebSocket
 */
function checkDrain(websocket) {
  if (
    websocket._needsDrain &&
    websocket._readyState === OPEN &&
    websocket.bufferedAmount === 0
  ) {
    websocket._needsDrain = false;
    websocket.emit('drain');
  }
}

/**
 * Tells whether a message is too much on top of what waits already.
 *
 * @param {WebSocket} websocket The WebSocket, one that needs a 'drain'
 * @param {*} data The message
 * @return {Boolean} `true` if it is
 */
function isTooMuch(websocket, data) {
  const limits = websocket._limits;

  if (limits === null || limits.maxBackpressure === 0) return false;

  const amount = websocket.bufferedAmount;

  return amount > 0 && amount + byteLength(data) > limits.maxBackpressure;
}

/**
 * Refuses a message: drops it, or closes the connection, as `backpressurePolicy`
 * says. Half a message is not dropped.
 *
 * @param {WebSocket} websocket The WebSocket
 * @param {*} data The message
 * @param {Number} flags Its flags
 * @param {Function} [cb] What was to be called once it was written
 * @return {Boolean} `false`, for `send()` to return
 */
function refuse(websocket, data, flags, cb) {
  const isWhole =
    (flags & FLAG_FINAL) !== 0 && !native.isInMessage(websocket._slot);

  if (cb) process.nextTick(cb, tooMuchError());
  if (isWhole && websocket._limits.isDropping) {
    process.nextTick(emitDropped, websocket, data);
  } else {
    websocket.close(TRY_AGAIN_LATER);
  }
  return false;
}

// Nothing comes behind 'close'.
function emitDropped(websocket, data) {
  if (websocket._readyState !== CLOSED) websocket.emit('dropped', data);
}

function tooMuchError() {
  const err = new Error('The peer reads too slowly: maxBackpressure exceeded');

  err.code = 'UVWS_ERR_BACKPRESSURE';
  return err;
}

module.exports = { checkDrain, expectDrain, isTooMuch, refuse };
