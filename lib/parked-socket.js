'use strict';

const native = require('./native');
const inbox = require('./inbox');
const {
  COUNTER_BUFFERED,
  COUNTER_RECEIVED,
  COUNTER_WRITTEN,
  kWebSocket
} = require('./constants');

// A parked `net.Socket` stays the application's. Whoever writes to it, corks it,
// ends it or destroys it must not meet what C does with the same descriptor:
// the socket and its handle get prototypes whose operations let C go first, one
// of each for all sockets.
const hookedPrototypes = new WeakMap();

const HANDLE_WRITES = [
  'shutdown',
  'writeAsciiString',
  'writeBuffer',
  'writeLatin1String',
  'writeUcs2String',
  'writeUtf8String',
  'writev'
];

/**
 * Hooks a socket whose descriptor C has adopted.
 *
 * @param {net.Socket} socket The socket
 * @param {WebSocket} websocket The WebSocket, with its slot
 */
function hookSocket(socket, websocket) {
  const handle = socket._handle;

  socket[kWebSocket] = websocket;
  handle[kWebSocket] = websocket;
  setHookedPrototype(socket, makeSocketPrototype);
  setHookedPrototype(handle, makeHandlePrototype);
}

function setHookedPrototype(object, make) {
  const original = Object.getPrototypeOf(object);
  let hooked = hookedPrototypes.get(original);

  if (hooked === undefined) {
    hooked = make(original);
    hookedPrototypes.set(original, hooked);
  }
  Object.setPrototypeOf(object, hooked);
}

function makeSocketPrototype(original) {
  const hooked = Object.create(original);

  hooked.pause = act(native.pause);
  hooked.resume = act(native.resume);
  hooked.cork = act(native.hold, original.cork);
  hooked.uncork = act(native.release, original.uncork);

  addToGetter(hooked, 'writableLength', (own, slot) => own + buffered(slot));
  addToGetter(
    hooked,
    'writableNeedDrain',
    (own, slot, socket) => own || buffered(slot) >= socket.writableHighWaterMark
  );
  return hooked;
}

function makeHandlePrototype(original) {
  const hooked = Object.create(original);

  for (const name of ['close', 'reset']) {
    hooked[name] = function (...args) {
      letGo(this);
      return original[name].apply(this, args);
    };
  }

  for (const name of HANDLE_WRITES) {
    hooked[name] = act(native.flush, original[name]);
  }

  // C reads: what looks like a start of the socket's own reading is none.
  hooked.readStart = () => 0;

  // The socket's own totals lack what C has read and written.
  for (const [name, which] of [
    ['bytesRead', COUNTER_RECEIVED],
    ['bytesWritten', COUNTER_WRITTEN]
  ]) {
    addToGetter(
      hooked,
      name,
      (own, slot) => own + inbox.counter(slot, which)
    );
  }
  return hooked;
}

/**
 * Makes a method that lets C act first, while it still has the connection.
 */
function act(nativeCall, original) {
  return function (...args) {
    const { _slot: slot } = this[kWebSocket];

    if (slot !== -1) nativeCall(slot);
    return original === undefined ? this : original.apply(this, args);
  };
}

function addToGetter(hooked, name, add) {
  Object.defineProperty(hooked, name, {
    configurable: true,
    get() {
      const { _slot: slot } = this[kWebSocket];
      const own = Reflect.get(Object.getPrototypeOf(hooked), name, this);

      return slot === -1 ? own : add(own, slot, this);
    }
  });
}

function buffered(slot) {
  return inbox.counter(slot, COUNTER_BUFFERED);
}

/**
 * The descriptor is about to be closed, and its number may be another's soon.
 */
function letGo(handle) {
  const websocket = handle[kWebSocket];
  const slot = websocket._slot;

  if (slot === -1) return;
  native.terminate(slot);
  websocket._release();
  inbox.detach(slot);
}

module.exports = { hookSocket };
