'use strict';

const native = require('./native');
const { OFF_LOOP_AT } = require('./constants');
const { checkInteger, checkMilliseconds } = require('./option-checks');

const POLICIES = ['close', 'drop'];

/**
 * Reads the options that bound what one connection may cost.
 *
 * @param {Object} options Options of a server or a client
 * @param {Number} [options.maxBackpressure] Bytes that may wait for the peer to
 *     read; by default any number
 * @param {String} [options.backpressurePolicy='close'] What becomes of a message
 *     that would exceed it: 'close' closes the connection with 1013, 'drop' drops
 *     the message
 * @param {Number} [options.heartbeatInterval] ms after which a silent peer gets
 *     a ping, and then is terminated; by default never
 * @param {Object} [options.rateLimit] What a peer may send in each interval; by
 *     default as much as it likes
 * @param {Number} [options.rateLimit.messages] Messages, pings and pongs
 * @param {Number} [options.rateLimit.bytes] Bytes of the connection
 * @param {Number} [options.rateLimit.interval=1000] The interval in ms
 * @param {String} [options.rateLimit.policy='close'] What becomes of a peer that
 *     sends more: 'close' closes the connection with 1008, 'pause' reads nothing
 *     of it until it is time again
 * @return {?Object} The limits, `null` if there are none
 * @throws {(TypeError|RangeError)} If an option is wrong
 */
function readLimits({
  backpressurePolicy,
  heartbeatInterval,
  maxBackpressure,
  rateLimit
}) {
  if (isSet(backpressurePolicy) && !POLICIES.includes(backpressurePolicy)) {
    throw new TypeError(
      'The "backpressurePolicy" option must be "close" or "drop"'
    );
  }
  if (isSet(maxBackpressure)) {
    checkInteger(maxBackpressure, 'maxBackpressure', 1);
  }
  if (isSet(heartbeatInterval)) {
    checkMilliseconds(heartbeatInterval, 'heartbeatInterval', 1);
  }

  const rate = isSet(rateLimit) ? readRate(rateLimit) : null;

  if (!maxBackpressure && !heartbeatInterval && rate === null) return null;
  return {
    heartbeatInterval: heartbeatInterval ?? 0,
    isDropping: backpressurePolicy === 'drop',
    maxBackpressure: maxBackpressure ?? 0,
    rate
  };
}

// As with other options, `null` stands for none.
function isSet(value) {
  return value !== null && value !== undefined;
}

function readRate(rateLimit) {
  if (typeof rateLimit !== 'object') {
    throw new TypeError('The "rateLimit" option must be an object');
  }

  const { bytes, interval = 1000, messages, policy = 'close' } = rateLimit;

  if (bytes === undefined && messages === undefined) {
    throw new TypeError(
      'The "rateLimit" option must have "messages", "bytes" or both'
    );
  }
  if (bytes !== undefined) checkInteger(bytes, 'rateLimit.bytes', 1);
  if (messages !== undefined) checkInteger(messages, 'rateLimit.messages', 1);
  checkMilliseconds(interval, 'rateLimit.interval', 1);
  if (policy !== 'close' && policy !== 'pause') {
    throw new TypeError(
      'The "rateLimit.policy" option must be "close" or "pause"'
    );
  }
  return {
    bytes: bytes ?? 0,
    interval,
    isPausing: policy === 'pause',
    messages: messages ?? 0
  };
}

/**
 * Makes a hub: in C, what connections share.
 *
 * @param {?Object} limits What `readLimits()` gave
 * @return {Object} The hub
 */
function newHub(limits) {
  const { heartbeatInterval = 0, maxBackpressure = 0, rate } = limits ?? {};
  const { bytes = 0, interval = 1, isPausing, messages = 0 } = rate ?? {};

  return native.newHub(
    maxBackpressure,
    heartbeatInterval,
    messages,
    bytes,
    interval,
    isPausing ? 1 : 0,
    OFF_LOOP_AT
  );
}

/**
 * Lets a hub's limits apply to a connection.
 *
 * @param {Object} hub The hub
 * @param {?Object} limits Those it was made with
 * @param {WebSocket} websocket The WebSocket
 */
function joinHub(hub, limits, websocket) {
  if (!(websocket._slot >= 0)) return;

  native.joinHub(hub, websocket._slot);
  if (limits !== null) websocket._limits = limits;
}

module.exports = { joinHub, newHub, readLimits };
