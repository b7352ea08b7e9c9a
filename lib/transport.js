'use strict';

const parked = require('./parked-transport');
const stream = require('./stream-transport');

// How a WebSocket's bytes travel. Each transport is one stateless object with
// the same methods, all of them taking the WebSocket: `open`, `pause`,
// `resume`, `destroy`, `isDestroyed`, `closed` (C has let go of the connection),
// `drained` (all that the kernel had refused is written), `updateReading` (C began
// or ceased to want no input: a thread inflates, the peer sent too much), `socket`,
// `written` (bytes) and `bufferedAmount` (bytes); the stream transport has `write`
// too.

/**
 * Chooses the fastest transport that a socket allows.
 *
 * @param {Duplex} socket The socket
 * @return {Object} The transport
 */
function selectTransport(socket) {
  return parked.canPark(socket) ? parked : stream;
}

module.exports = { selectTransport };
