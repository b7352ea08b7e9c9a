'use strict';

// Experimental by name only: it has been there since Node 13.
// eslint-disable-next-line n/no-unsupported-features/node-builtins
const { AsyncResource, executionAsyncResource } = require('async_hooks');
const net = require('net');

const native = require('./native');
const inbox = require('./inbox');
const earlyData = require('./early-data');
const parkedTransport = require('./parked-transport');
const { COUNTER_BUFFERED, COUNTER_WRITTEN } = require('./constants');

// A connection of the native listener: its descriptor is C's own, and there is
// no socket in JavaScript unless the application asks for it.

/**
 * Binds a WebSocket to a connection that C has just accepted.
 *
 * @param {WebSocket} websocket The WebSocket
 * @param {Number} slot The connection's slot
 * @param {Buffer} [rest] What was received behind the request
 */
function open(websocket, slot, rest) {
  inbox.attach(slot, websocket, resourceOf(websocket));
  websocket._slot = slot;
  earlyData.keep(websocket, [rest]);
}

/**
 * Gives what stands for the connection in async_hooks: the WebSocket, unless
 * there is an async context to go on with. Up to Node 22 that hangs on symbols
 * of the current resource.
 *
 * @param {WebSocket} websocket The WebSocket
 * @return {Object} The resource
 */
function resourceOf(websocket) {
  const current = executionAsyncResource();

  return Object.getOwnPropertySymbols(current).length === 0
    ? websocket
    : new AsyncResource('UVWSCONNECTION');
}

/**
 * Makes a socket over the descriptor, which is then parked as one that was
 * taken over.
 *
 * @param {WebSocket} websocket The WebSocket
 * @return {net.Socket} The socket
 */
function makeSocket(websocket) {
  const fd = native.disown(websocket._slot);

  // The connection has ended, whether JavaScript was told already or not.
  if (fd === -1) return new net.Socket().destroy();

  const socket = new net.Socket({
    allowHalfOpen: true,
    fd,
    manualStart: true,
    readable: true,
    writable: true
  });

  socket.server = websocket._httpServer;
  socket.pause();
  websocket._transport = parkedTransport;
  parkedTransport.listenTo(socket, websocket);
  return socket;
}

/** See lib/transport.js. */
module.exports = {
  open,
  pause: parkedTransport.pause,
  resume: parkedTransport.resume,
  destroy(websocket) {
    if (websocket._slot === -1) return;
    native.terminate(websocket._slot);
    websocket._release();
  },
  isDestroyed: (websocket) => websocket._slot === -1,
  updateReading() {},
  closed(websocket) {
    websocket._release();
    websocket._finish();
  },
  drained() {},
  socket: makeSocket,
  written: (websocket) => inbox.counter(websocket._slot, COUNTER_WRITTEN),
  bufferedAmount: (websocket) =>
    inbox.counter(websocket._slot, COUNTER_BUFFERED)
};
