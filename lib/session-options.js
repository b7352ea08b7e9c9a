'use strict';

const native = require('./native');

/**
 * Makes the arguments that describe a session to C (src/binding/convert.h).
 *
 * @param {WebSocket} websocket The WebSocket
 * @param {Object} options What `setSocket()` was given
 * @return {Array} The arguments
 */
function sessionArguments(websocket, options) {
  return [
    websocket._isServer,
    options.maxPayload | 0,
    options.maxFragments | 0,
    !!options.skipUTF8Validation,
    Number(websocket._closeTimeout)
  ];
}

/**
 * Lets C watch a descriptor that is not its own, or feed on a stream.
 *
 * @param {Number} fd The descriptor, or -1 for a stream
 * @param {WebSocket} websocket The WebSocket
 * @param {Object} options What `setSocket()` was given
 * @return {Number} The connection's slot
 * @throws {Error} Without memory
 */
function adopt(fd, websocket, options) {
  const slot = native.adopt(fd, ...sessionArguments(websocket, options));

  if (slot === -1) throw new Error('Failed to watch the descriptor');
  return slot;
}

module.exports = { adopt, sessionArguments };
