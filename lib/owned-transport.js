'use strict';

const native = require('./native');
const inbox = require('./inbox');
const earlyData = require('./early-data');
const NativeSocket = require('./socket');
const { COUNTER_BUFFERED, COUNTER_WRITTEN } = require('./constants');

// A connection of the native listener: its descriptor is C's own.

/**
 * Binds a WebSocket to a connection that C has just accepted.
 *
 * @param {WebSocket} websocket The WebSocket
 * @param {Number} slot The connection's slot
 * @param {Object} resource Stands for the connection in async_hooks
 * @param {Buffer} [rest] What was received behind the request
 */
function open(websocket, slot, resource, rest) {
  inbox.attach(slot, websocket, resource);
  websocket._slot = slot;
  earlyData.keep(websocket, [rest]);
}

/** See lib/transport.js. */
module.exports = {
  open,
  pause: (websocket) => native.pause(websocket._slot),
  resume(websocket) {
    native.resume(websocket._slot);
    earlyData.resume(websocket);
  },
  destroy: (websocket) => native.terminate(websocket._slot),
  closed(websocket) {
    websocket._release();
    if (websocket._nativeSocket !== null) websocket._nativeSocket.destroy();
    websocket._finish();
  },
  socket(websocket) {
    websocket._nativeSocket ??= new NativeSocket(websocket);
    return websocket._nativeSocket;
  },
  written: (websocket) => inbox.counter(websocket._slot, COUNTER_WRITTEN),
  bufferedAmount: (websocket) =>
    inbox.counter(websocket._slot, COUNTER_BUFFERED)
};
