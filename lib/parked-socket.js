'use strict';

const native = require('./native');
const inbox = require('./inbox');
const { after, createHook, overrideGetter } = require('./hooked-prototype');
const {
  COUNTER_BUFFERED,
  COUNTER_RECEIVED,
  COUNTER_WRITTEN,
  EMPTY_BUFFER,
  kWebSocket
} = require('./constants');

const HANDLE_WRITES = [
  'shutdown',
  'writeAsciiString',
  'writeBuffer',
  'writeLatin1String',
  'writeUcs2String',
  'writeUtf8String',
  'writev'
];

// What C had received and written when the socket's timeout was looked at last,
// and whether 'timeout' has been emitted since.
const kActivity = Symbol('activity');
const kIsIdle = Symbol('isIdle');

const hookSocket = createHook((hooked, original) => {
  hooked.pause = after(native.pause);
  hooked.resume = after(native.resume);
  // What was sent before is not held back, as it is not with ws.
  hooked.cork = after((slot) => {
    native.flush(slot);
    native.hold(slot);
  }, original.cork);
  hooked.uncork = after(native.release, original.uncork);
  hookWriting(hooked, original);
  hookTimeout(hooked, original);

  overrideGetter(
    hooked,
    'writableLength',
    (own, slot) => own + bufferedBytes(slot)
  );
  overrideGetter(
    hooked,
    'writableNeedDrain',
    (own, slot, socket) =>
      own || bufferedBytes(slot) >= socket.writableHighWaterMark
  );
});

const hookHandle = createHook((hooked, original) => {
  hooked.close = after(letGo, original.close);
  hooked.reset = after(letGo, original.reset);

  hooked.ref = after(native.ref, original.ref);
  hooked.unref = after(native.unref, original.unref);

  for (const name of HANDLE_WRITES) {
    hooked[name] = after(native.flush, original[name]);
  }

  // C reads: what looks like a start of the socket's own reading is none.
  hooked.readStart = () => 0;

  // The socket's own totals lack what C has read and written.
  for (const [name, which] of [
    ['bytesRead', COUNTER_RECEIVED],
    ['bytesWritten', COUNTER_WRITTEN]
  ]) {
    overrideGetter(
      hooked,
      name,
      (own, slot) => own + inbox.counter(slot, which)
    );
  }
});

// Two writers of one descriptor would cut each other's bytes where the kernel
// refuses some. So C writes the application's too, in the order of the calls.
function hookWriting(hooked, original) {
  hooked.write = function (chunk, encoding, cb) {
    const websocket = this[kWebSocket];
    const isBytes = chunk instanceof Uint8Array;

    // What is wrong about a write, the stream itself tells best.
    if (
      websocket._slot === -1 ||
      !this.writable ||
      !(isBytes || typeof chunk === 'string')
    ) {
      return original.write.call(this, chunk, encoding, cb);
    }

    if (typeof encoding === 'function') {
      cb = encoding;
      encoding = undefined;
    }

    native.write(
      websocket._slot,
      isBytes ? chunk : Buffer.from(chunk, encoding),
      EMPTY_BUFFER
    );
    if (typeof cb === 'function') websocket._expectWritten(cb);
    return !this.writableNeedDrain;
  };

  hooked.end = function (chunk, encoding, cb) {
    if (typeof chunk === 'function') return original.end.call(this, chunk);
    if (chunk !== undefined && chunk !== null) this.write(chunk, encoding);
    return original.end.call(
      this,
      typeof encoding === 'function' ? encoding : cb
    );
  };

  hooked._final = function (cb) {
    const websocket = this[kWebSocket];

    if (websocket._slot === -1) original._final.call(this, cb);
    else websocket._expectWritten(() => original._final.call(this, cb));
  };
}

// The socket sees nothing of what goes through C. That is looked at when the time
// is over, so that 'timeout' may come up to twice as late as it should.
function hookTimeout(hooked, original) {
  hooked.setTimeout = function (...args) {
    this[kActivity] = activity(this);
    this[kIsIdle] = false;
    return original.setTimeout.apply(this, args);
  };

  hooked._onTimeout = function () {
    const now = activity(this);
    const isActive = now !== this[kActivity];

    this[kActivity] = now;
    this._unrefTimer();
    if (!isActive && !this[kIsIdle]) original._onTimeout.call(this);
    this[kIsIdle] = !isActive;
  };
}

function activity(socket) {
  const { _slot: slot } = socket[kWebSocket];

  return slot === -1
    ? 0
    : inbox.counter(slot, COUNTER_RECEIVED) +
        inbox.counter(slot, COUNTER_WRITTEN);
}

/**
 * Hooks a socket whose descriptor C has adopted.
 *
 * @param {net.Socket} socket The socket
 * @param {WebSocket} websocket The WebSocket, with its slot
 */
function hook(socket, websocket) {
  const handle = socket._handle;

  socket[kWebSocket] = websocket;
  handle[kWebSocket] = websocket;
  hookSocket(socket);
  hookHandle(handle);
  if (!handle.hasRef()) native.unref(websocket._slot);
}

function bufferedBytes(slot) {
  return inbox.counter(slot, COUNTER_BUFFERED);
}

/**
 * The descriptor is about to be closed, and its number may be another's soon.
 */
function letGo(slot, websocket) {
  native.terminate(slot);
  websocket._release();
}

module.exports = { hook };
