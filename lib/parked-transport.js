'use strict';

const net = require('net');

const native = require('./native');
const inbox = require('./inbox');
const earlyData = require('./early-data');
const { captureContext } = require('./async-context');
const { adopt } = require('./session-options');
const { hook } = require('./parked-socket');
const {
  COUNTER_WRITTEN,
  EMPTY_BUFFER,
  kOnSocketClose,
  kResponse
} = require('./constants');

// A `net.Socket` with a descriptor is left in peace, reading nothing, while C
// reads and writes the descriptor.

// Who has replaced one of these wants to see or change what passes.
const METHODS = ['_write', '_writev', 'emit', 'push', 'read', 'write'];

/**
 * Tells whether C can take a socket's descriptor over.
 *
 * @param {Duplex} socket The socket
 * @return {Boolean} `true` if it can
 */
function canPark(socket) {
  const handle = socket._handle;

  if (
    !native.hasDescriptors ||
    !(socket instanceof net.Socket) ||
    socket.encrypted ||
    !handle ||
    METHODS.some((name) => socket[name] !== net.Socket.prototype[name])
  ) {
    return false;
  }

  const kind = handle.constructor.name;

  return (kind === 'TCP' || kind === 'Pipe') && handle.fd >= 0;
}

function open(websocket, socket, head, options) {
  const handle = socket._handle;

  socket.setTimeout(0);
  socket.setNoDelay();
  socket.pause();
  handle.readStop();
  handle.reading = false;

  const slot = adopt(handle.fd, websocket, options);

  if (slot === -1) {
    openInVain(websocket, socket);
    return;
  }
  inbox.attach(
    slot,
    websocket,
    handle,
    websocket._isServer ? undefined : captureContext()
  );
  websocket._slot = slot;
  respond(socket, slot, options[kResponse]);
  // Before read(), which would start a read of the socket's own.
  listenTo(socket, websocket);
  earlyData.keep(websocket, [head, ...earlyData.readAll(socket)]);
}

// No memory to watch the descriptor: the connection opens only to end.
function openInVain(websocket, socket) {
  websocket._parked = socket;
  socket.on('close', () => websocket._finish());
  socket.on('error', destroyOnError);
  socket.destroy();
}

/**
 * Writes the handshake's response. An earlier response may still be on its way
 * out: then C's bytes wait behind it.
 */
function respond(socket, slot, response = '') {
  if (socket.writableLength > 0 || socket._handle.writeQueueSize > 0) {
    native.hold(slot);
    socket.write(response, () => native.release(slot));
  } else if (response !== '') {
    native.write(slot, Buffer.from(response), EMPTY_BUFFER);
  }
}

/**
 * Binds a socket to a WebSocket that has its slot.
 *
 * @param {net.Socket} socket The socket
 * @param {WebSocket} websocket The WebSocket
 */
function listenTo(socket, websocket) {
  websocket._parked = socket;
  hook(socket, websocket);
  socket.on('close', () => websocket[kOnSocketClose]());
  socket.on('error', destroyOnError);
}

function destroyOnError() {
  this.destroy();
}

/** See lib/transport.js. */
module.exports = {
  canPark,
  listenTo,
  open,
  pause: (websocket) => native.pause(websocket._slot),
  resume(websocket) {
    native.resume(websocket._slot);
    earlyData.resume(websocket);
  },
  destroy: (websocket) => websocket._parked.destroy(),
  isDestroyed: (websocket) => websocket._parked.destroyed,
  updateReading() {},
  closed(websocket) {
    websocket._release();
    websocket._parked.destroy();
  },
  drained: (websocket) => websocket._parked.emit('drain'),
  socket: (websocket) => websocket._parked,
  written: (websocket) => inbox.counter(websocket._slot, COUNTER_WRITTEN),
  bufferedAmount: (websocket) => websocket._parked.writableLength
};
