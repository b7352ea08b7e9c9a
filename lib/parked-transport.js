'use strict';

const net = require('net');

const native = require('./native');
const inbox = require('./inbox');
const earlyData = require('./early-data');
const {
  COUNTER_BUFFERED,
  COUNTER_RECEIVED,
  COUNTER_WRITTEN,
  kResponse,
  kWebSocket
} = require('./constants');

// A `net.Socket` with a descriptor is left in peace, reading nothing, while C
// reads and writes the descriptor. It stays the application's socket: whoever
// writes to it, ends it or destroys it must not meet C's bytes, so its handle
// gets a prototype whose operations let C go first.
const hookedPrototypes = new WeakMap();
const WRITES = [
  'shutdown',
  'writeAsciiString',
  'writeBuffer',
  'writeLatin1String',
  'writeUcs2String',
  'writeUtf8String',
  'writev'
];

/**
 * Tells whether C can take a socket's descriptor over.
 *
 * @param {Duplex} socket The socket
 * @return {Boolean} `true` if it can
 */
function canPark(socket) {
  const handle = socket._handle;

  if (!(socket instanceof net.Socket) || socket.encrypted || !handle) {
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

  const slot = native.adopt(
    handle.fd,
    websocket._isServer,
    options.maxPayload | 0,
    options.maxFragments | 0,
    !!options.skipUTF8Validation,
    websocket._closeTimeout
  );

  if (slot === -1) throw new Error('Failed to watch the descriptor');

  inbox.attach(slot, websocket, handle);
  websocket._slot = slot;
  websocket._parked = socket;
  socket[kWebSocket] = websocket;
  handle[kWebSocket] = websocket;
  Object.setPrototypeOf(handle, hookedPrototypeOf(handle));
  socket.on('close', onClose);
  socket.on('error', onError);
  respond(socket, slot, options[kResponse]);
  earlyData.keep(websocket, [head, socket.read()]);
}

/**
 * Writes the handshake's response. An earlier response may still be on its way
 * out: then C's bytes wait behind it.
 */
function respond(socket, slot, response) {
  if (socket.writableLength > 0 || socket._handle.writeQueueSize > 0) {
    native.hold(slot);
    socket.write(response === undefined ? '' : response, () =>
      native.release(slot)
    );
  } else if (response !== undefined) {
    native.write(slot, Buffer.from(response));
  }
}

function hookedPrototypeOf(handle) {
  const original = Object.getPrototypeOf(handle);
  let hooked = hookedPrototypes.get(original);

  if (hooked === undefined) {
    hooked = hook(original);
    hookedPrototypes.set(original, hooked);
  }
  return hooked;
}

function hook(original) {
  const hooked = Object.create(original);

  for (const name of ['close', 'reset']) {
    hooked[name] = function (...args) {
      letGo(this);
      return original[name].apply(this, args);
    };
  }

  for (const name of WRITES) {
    hooked[name] = function (...args) {
      const websocket = this[kWebSocket];

      if (websocket._slot !== -1) native.flush(websocket._slot);
      return original[name].apply(this, args);
    };
  }

  // C reads: what looks like a start of the socket's own reading is none.
  hooked.readStart = () => 0;
  countBytes(hooked, original, 'bytesRead', COUNTER_RECEIVED);
  countBytes(hooked, original, 'bytesWritten', COUNTER_WRITTEN);
  return hooked;
}

// The socket's own totals lack what C has read and written.
function countBytes(hooked, original, name, which) {
  Object.defineProperty(hooked, name, {
    get() {
      const { _slot: slot } = this[kWebSocket];
      const own = Reflect.get(original, name, this);

      return slot === -1 ? own : own + inbox.counter(slot, which);
    }
  });
}

// The descriptor is about to be closed, and its number may be another's soon.
function letGo(handle) {
  const websocket = handle[kWebSocket];

  if (websocket._slot === -1) return;

  const slot = websocket._slot;

  native.terminate(slot);
  websocket._release();
  inbox.detach(slot);
}

function onClose() {
  this.removeListener('close', onClose);
  this[kWebSocket]._finish();
}

function onError() {
  this.destroy();
}

/** See lib/transport.js. */
module.exports = {
  canPark,
  open,
  pause: (websocket) => native.pause(websocket._slot),
  resume(websocket) {
    native.resume(websocket._slot);
    earlyData.resume(websocket);
  },
  destroy: (websocket) => websocket._parked.destroy(),
  closed(websocket) {
    websocket._release();
    websocket._parked.destroy();
  },
  socket: (websocket) => websocket._parked,
  written: (websocket) => inbox.counter(websocket._slot, COUNTER_WRITTEN),
  bufferedAmount: (websocket) =>
    inbox.counter(websocket._slot, COUNTER_BUFFERED)
};
