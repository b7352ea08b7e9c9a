'use strict';

const native = require('./native');
const inbox = require('./inbox');
const earlyData = require('./early-data');
const { checkDrain } = require('./backpressure');
const { adopt } = require('./session-options');
const { after, createHook, overrideGetter } = require('./hooked-prototype');
const {
  COUNTER_QUEUED,
  COUNTER_WRITTEN,
  kOnSocketClose,
  kResponse,
  kWebSocket
} = require('./constants');

// Any other Duplex: its 'data' is fed to C, and what C frames is written to it.

const hook = createHook((hooked, original) => {
  for (const name of ['cork', 'destroy', 'end', 'write']) {
    hooked[name] = after(native.flush, original[name]);
  }

  hooked.uncork = after(native.flush, original.uncork);
  overrideGetter(hooked, 'writableLength', (own, slot, stream) =>
    own > 0 || stream.writableCorked > 0 ? own + gatheredBytes(slot) : own
  );
});

function open(websocket, socket, head, options) {
  const slot = adopt(-1, websocket, options);

  websocket._slot = slot;
  websocket._stream = socket;
  websocket._streamWritten = 0;
  websocket._isStreamFull = false;
  socket[kWebSocket] = websocket;
  socket.on('close', onClose);
  socket.on('error', onError);
  if (slot === -1) {
    // No memory for it: the connection opens only to end.
    socket.destroy();
    return;
  }

  inbox.attach(slot, websocket, websocket);
  hook(socket);

  if (socket.setTimeout) socket.setTimeout(0);
  if (socket.setNoDelay) socket.setNoDelay();
  if (options[kResponse] !== undefined) socket.write(options[kResponse]);
  if (head.length > 0) socket.unshift(head);

  socket.on('data', onData);
  socket.on('end', onEnd);
}

function onData(chunk) {
  const websocket = this[kWebSocket];

  if (websocket._slot !== -1) inbox.feed(websocket._slot, chunk);
}

function onEnd() {
  const websocket = this[kWebSocket];

  if (websocket._slot !== -1) native.feedEnd(websocket._slot);
}

function onError() {
  this.destroy();
}

// A paused stream may still hold messages that came before its end.
function onClose() {
  const websocket = this[kWebSocket];
  const slot = websocket._slot;

  this.removeListener('close', onClose);
  this.removeListener('data', onData);
  this.removeListener('end', onEnd);
  if (slot !== -1) {
    for (const chunk of earlyData.readAll(this)) {
      if (websocket._slot !== -1) inbox.feed(slot, chunk);
    }
    websocket._release();
    native.terminate(slot);
  }
  websocket[kOnSocketClose]();
}

// C is told, so that it knows what waits.
function noteFull(websocket, stream) {
  if (websocket._slot === -1) return;

  native.setFull(websocket._slot, stream.writableLength);
  if (websocket._isStreamFull) return;
  websocket._isStreamFull = true;
  stream.once('drain', () => {
    websocket._isStreamFull = false;
    if (websocket._slot !== -1) native.setFull(websocket._slot, -1);
    checkDrain(websocket);
  });
}

// What is fed while a thread inflates, C would have to keep.
function updateReading(websocket) {
  const isStopped =
    websocket._paused || websocket._isInflating || websocket._isThrottled;

  if (isStopped) websocket._stream.pause();
  else websocket._stream.resume();
}

// What C has framed and not written yet.
function gatheredBytes(slot) {
  return (
    inbox.counter(slot, COUNTER_QUEUED) - inbox.counter(slot, COUNTER_WRITTEN)
  );
}

/** See lib/transport.js. */
module.exports = {
  open,
  pause(websocket) {
    native.pause(websocket._slot);
    updateReading(websocket);
  },
  resume(websocket) {
    native.resume(websocket._slot);
    updateReading(websocket);
  },
  destroy: (websocket) => websocket._stream.destroy(),
  isDestroyed: (websocket) => websocket._stream.destroyed,
  updateReading,
  closed(websocket) {
    websocket._release();
    websocket._stream.destroy();
  },
  drained() {},
  socket: (websocket) => websocket._stream,
  written: (websocket) => websocket._streamWritten,
  bufferedAmount: (websocket) => websocket._stream.writableLength,
  write(websocket, bytes, isEnd) {
    const stream = websocket._stream;

    if (bytes.length > 0) {
      const offset = inbox.counter(websocket._slot, COUNTER_WRITTEN);

      const hasRoom = stream.write(bytes, (err) => {
        if (err) return;
        websocket._streamWritten = offset;
        websocket._settle();
      });

      if (hasRoom === false) noteFull(websocket, stream);
    }
    if (isEnd) stream.end();
  }
};
