'use strict';

const { AsyncResource } = require('async_hooks');

const native = require('./native');

// When to call what was given to `send()`: with `ws` that is when the kernel
// has the bytes, in the next tick if it took them at once. Writing is deferred
// here, so that tick writes first what is still gathered.

/**
 * Calls a function once the connection's output is written up to an offset.
 *
 * @param {WebSocket} websocket The WebSocket
 * @param {Number} offset Bytes queued since the connection began
 * @param {Function} cb The function; it gets an error if the connection ends
 *     before
 */
function expect(websocket, offset, cb) {
  process.nextTick(onTick, websocket, offset, cb);
}

function onTick(websocket, offset, cb) {
  if (websocket._slot === -1) {
    if (offset <= websocket._writtenAtEnd) cb();
    else cb(destroyedError());
    return;
  }

  if (websocket._transport.written(websocket) < offset) {
    native.flush(websocket._slot);
  }

  if (
    websocket._pendingCallbacks === null &&
    websocket._transport.written(websocket) >= offset
  ) {
    cb();
    return;
  }

  websocket._pendingCallbacks ??= [];
  websocket._pendingCallbacks.push({ cb: AsyncResource.bind(cb), offset });
  settle(websocket);
}

/**
 * Calls those whose bytes are written by now.
 *
 * @param {WebSocket} websocket The WebSocket
 */
function settle(websocket) {
  const pending = websocket._pendingCallbacks;

  if (pending === null || websocket._slot === -1) return;

  const written = websocket._transport.written(websocket);
  let count = 0;

  while (count < pending.length && pending[count].offset <= written) count++;
  callAll(shift(websocket, count));
}

/**
 * Calls the rest with an error: the connection has ended.
 *
 * @param {WebSocket} websocket The WebSocket
 */
function fail(websocket) {
  const pending = websocket._pendingCallbacks;

  if (pending === null) return;
  callAll(shift(websocket, pending.length), destroyedError());
}

function shift(websocket, count) {
  const pending = websocket._pendingCallbacks;

  if (count < pending.length) return pending.splice(0, count);
  websocket._pendingCallbacks = null;
  return pending;
}

// One that throws does not keep the others from being called.
function callAll(entries, err) {
  let i = 0;

  try {
    while (i < entries.length) entries[i++].cb(err);
  } finally {
    if (i < entries.length) process.nextTick(callAll, entries.slice(i), err);
  }
}

/**
 * Calls a function in the next tick, with the error of a connection that has
 * ended.
 *
 * @param {Function} [cb] The function
 */
function refuse(cb) {
  if (typeof cb === 'function') process.nextTick(cb, destroyedError());
}

// What the stream of `ws` gives in this case.
function destroyedError() {
  const err = new Error('Cannot call write after a stream was destroyed');

  err.code = 'ERR_STREAM_DESTROYED';
  return err;
}

module.exports = { expect, fail, refuse, settle };
