'use strict';

const native = require('./native');
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
 * @return {?Object} The limits, `null` if there are none
 * @throws {(TypeError|RangeError)} If an option is wrong
 */
function readLimits({
  backpressurePolicy = 'close',
  heartbeatInterval,
  maxBackpressure
}) {
  if (!POLICIES.includes(backpressurePolicy)) {
    throw new TypeError(
      'The "backpressurePolicy" option must be "close" or "drop"'
    );
  }
  if (maxBackpressure !== undefined) {
    checkInteger(maxBackpressure, 'maxBackpressure', 1);
  }
  if (heartbeatInterval !== undefined) {
    checkMilliseconds(heartbeatInterval, 'heartbeatInterval', 1);
  }
  if (maxBackpressure === undefined && heartbeatInterval === undefined) {
    return null;
  }
  return {
    heartbeatInterval: heartbeatInterval ?? 0,
    isDropping: backpressurePolicy === 'drop',
    maxBackpressure: maxBackpressure ?? 0
  };
}

/**
 * Makes a hub: in C, what connections share.
 *
 * @param {?Object} limits What `readLimits()` gave
 * @return {Object} The hub
 */
function newHub(limits) {
  return native.newHub(
    limits === null ? 0 : limits.maxBackpressure,
    limits === null ? 0 : limits.heartbeatInterval
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
