'use strict';

const EventEmitter = require('events');

const { emit } = EventEmitter.prototype;

// Node's own emit(), or `undefined` where something has replaced it before us: a
// tracer may count on every event.
const nodesEmit = /^function emit\(type, \.\.\.args\) \{[^]*kErrorMonitor/.test(
  Function.prototype.toString.call(emit)
)
  ? emit
  : undefined;

// Whether a listener's promise is looked after.
const kCapture = Object.getOwnPropertySymbols(EventEmitter.prototype).find(
  ({ description }) => description === 'kCapture'
);

/**
 * Emits 'message'. Where there is one listener and nobody has changed what
 * `emit()` does, it is called as `emit()` would call it: the arguments are not
 * gathered in an array and spread again, which costs a short message a
 * twenty-fifth.
 *
 * @param {WebSocket} websocket The WebSocket
 * @param {(Buffer|ArrayBuffer|Blob|Buffer[])} data The message
 * @param {Boolean} isBinary Whether it is binary
 */
module.exports = function emitMessage(websocket, data, isBinary) {
  const listener = websocket._events?.message;

  if (
    typeof listener === 'function' &&
    websocket.emit === nodesEmit &&
    websocket[kCapture] === false
  ) {
    listener.call(websocket, data, isBinary);
  } else {
    websocket.emit('message', data, isBinary);
  }
};
