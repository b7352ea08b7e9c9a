'use strict';

const native = require('./native');
const { keepsFrames } = require('./async-context');
const {
  CONNECTIONS_PER_PAGE,
  COUNTERS_PER_CONNECTION,
  ENTRY_BINARY,
  ENTRY_CLOSE,
  ENTRY_CODE_SHIFT,
  ENTRY_END,
  ENTRY_FAILURE,
  ENTRY_FRAGMENT,
  ENTRY_INFLATING,
  ENTRY_THROTTLED,
  ENTRY_KIND,
  ENTRY_OWNED,
  ENTRY_PING,
  ENTRY_PONG,
  ENTRY_POOLED,
  ENTRY_TEXT,
  EMPTY_BUFFER,
  kOnClose,
  kOnClosed,
  kOnDeflated,
  kOnEnd,
  kOnFailure,
  kOnFragment,
  kOnInflating,
  kOnThrottled,
  kOnMessage,
  kOnOutput,
  kOnPing,
  kOnPong,
  kOnWritten
} = require('./constants');

const FastBuffer = Buffer[Symbol.species];

// Each WebSocket, by the slot of its connection.
const connections = [];

// What enters the async context of a connection, by its slot; see
// lib/async-context.js. A client's only: a server's connections have none.
const contexts = [];

// The servers that lib/listener.js made, by the id of their native listener.
const listeners = [];

// The upgrades whose decision is put off, by their ids (lib/native-upgrade.js).
const upgrades = [];

// A chunk that is being fed: entries may then point into it.
let fedChunk = null;

// The message that a listener is being given, where C has its bytes at hand: who
// sends it on need not have C look for them, which costs as much as framing it.
const given = { buffer: undefined };

const inbox = native.start({
  onRead: inContext(onRead),
  onWritten: inContext((slot) => connections[slot]?.[kOnWritten]()),
  onDeflated: inContext((slot) => connections[slot]?.[kOnDeflated]()),
  onOutput,
  onClosed: inContext(onClosed),
  onRequest: (listener, id, verdict, head, rest, protocol) =>
    listeners[listener].onRequest({ id, verdict, head, rest, protocol }),
  onAbandoned: (id) => upgrades[id]?.onAbandoned(),
  onCount: (id, change) => listeners[id].onCount(change),
  onListenerClosed
});

// What was sent and is not written yet must not be lost with the process. All
// copies of this module share one listener: there may be many, as where it is
// loaded anew for each test.
const kFlushers = Symbol.for('uvws.flushers');

if (process[kFlushers] === undefined) {
  process[kFlushers] = [];
  process.on('exit', () => process[kFlushers].forEach((flush) => flush()));
}
process[kFlushers].push(native.flushForGood);

const { counterPages, owned, pools, resources } = inbox;

/**
 * Has a function that C calls run in the async context of the connection, where
 * node does not see to that.
 */
function inContext(fn) {
  if (!keepsFrames) return fn;

  return (slot, first, second) => {
    const enter = contexts[slot];

    if (enter === undefined) fn(slot, first, second);
    else enter(fn, slot, first, second);
  };
}

/**
 * Binds a WebSocket to its connection.
 *
 * @param {Number} slot The connection's slot
 * @param {WebSocket} websocket The WebSocket
 * @param {Object} resource Stands for the connection in async_hooks
 * @param {Function} [context] What enters its async context
 */
function attach(slot, websocket, resource, context) {
  connections[slot] = websocket;
  if (keepsFrames) contexts[slot] = context;
  resources[slot] = resource;
}

/**
 * Forgets a connection, before its slot is given to another one.
 *
 * @param {Number} slot The connection's slot
 */
function detach(slot) {
  connections[slot] = undefined;
  if (keepsFrames) contexts[slot] = undefined;
  resources[slot] = undefined;
}

/**
 * @param {Number} slot A connection's slot
 * @return {(WebSocket|undefined)} Its WebSocket, while it is bound
 */
function websocketOf(slot) {
  return connections[slot];
}

/**
 * Reads one of the running totals that C keeps of a connection.
 *
 * @param {Number} slot The connection's slot
 * @param {Number} which One of the `COUNTER_*` constants
 * @return {Number} Bytes
 */
function counter(slot, which) {
  return counterPages[Math.floor(slot / CONNECTIONS_PER_PAGE)][
    (slot % CONNECTIONS_PER_PAGE) * COUNTERS_PER_CONNECTION + which
  ];
}

/**
 * Feeds a connection with bytes that did not come through its descriptor. What
 * they hold is delivered before the call returns.
 *
 * @param {Number} slot The connection's slot
 * @param {Buffer} chunk The bytes; they are rewritten
 */
function feed(slot, chunk) {
  const outerChunk = fedChunk;

  fedChunk = chunk;
  try {
    native.feed(slot, chunk);
  } finally {
    fedChunk = outerChunk;
  }
}

/**
 * Delivers the entries of one read, in their order. C calls it again, for the
 * rest, if a listener throws.
 *
 * @param {Number} slot The connection's slot
 * @param {Number} start The first entry
 * @param {Number} end The entry behind the last
 */
function onRead(slot, start, end) {
  const websocket = connections[slot]?._eventSink;
  const chunk = fedChunk;

  try {
    for (let i = start; i < end; i++) {
      const entries = inbox.entries;
      const at = (i + 1) * 4;
      const kind = entries[at] & ENTRY_KIND;

      entries[0] = i + 1;
      given.buffer = undefined;
      if (websocket === undefined) continue;

      if (kind === ENTRY_TEXT) {
        websocket[kOnMessage](payload(entries, at, i, chunk), false);
      } else if (kind === ENTRY_BINARY) {
        websocket[kOnMessage](payload(entries, at, i, chunk), true);
      } else {
        onControl(websocket, kind, entries, at, i, chunk);
      }
    }
  } finally {
    given.buffer = undefined;
  }
}

function onControl(websocket, kind, entries, at, i, chunk) {
  switch (kind) {
    case ENTRY_PING:
      websocket[kOnPing](payload(entries, at, i, chunk));
      break;
    case ENTRY_PONG:
      websocket[kOnPong](payload(entries, at, i, chunk));
      break;
    case ENTRY_CLOSE:
      websocket[kOnClose](
        entries[at] >> ENTRY_CODE_SHIFT,
        payload(entries, at, i, chunk)
      );
      break;
    case ENTRY_FAILURE:
      websocket[kOnFailure](entries[at + 1], entries[at + 3]);
      break;
    case ENTRY_FRAGMENT:
      websocket[kOnFragment](entries[at + 3]);
      break;
    case ENTRY_INFLATING:
      websocket[kOnInflating](entries[at + 3] === 1);
      break;
    case ENTRY_THROTTLED:
      websocket[kOnThrottled](entries[at + 3] === 1);
      break;
    case ENTRY_END:
      websocket[kOnEnd]();
      break;
  }
}

/**
 * Makes the Buffer of an entry. It never shares memory with what is received
 * next.
 */
function payload(entries, at, i, chunk) {
  const kind = entries[at];
  const offset = entries[at + 1];
  const length = entries[at + 2];

  if (kind & ENTRY_POOLED) {
    return pooled(entries[at + 3], offset, length);
  }
  if (kind & ENTRY_OWNED) {
    const buffer = owned[i];

    owned[i] = undefined;
    return buffer;
  }
  if (length === 0) return EMPTY_BUFFER;

  // A chunk that was fed is not reused: a view of it will do.
  return chunk.subarray(offset, offset + length);
}

// The application may have transferred the array buffer of a message to another
// thread, and with it the memory of those behind it.
function pooled(index, offset, length) {
  try {
    return (given.buffer = new FastBuffer(pools[index], offset, length));
  } catch {
    return native.recover(index, offset, length);
  }
}

/**
 * Has streams write. Exceptions as in `onRead()`.
 *
 * @param {Number} start The first entry; each is followed by one with the bytes
 * @param {Number} end The entry behind the last
 */
function onOutput(start, end) {
  for (let i = start; i < end; i += 2) {
    const entries = inbox.entries;
    const at = (i + 1) * 4;
    const websocket = connections[entries[at + 1]];

    entries[0] = i + 2;
    if (websocket !== undefined) {
      const bytes = payload(entries, at + 4, i + 1);

      given.buffer = undefined; // what goes out is no message that came
      websocket[kOnOutput](bytes, entries[at + 3] === 1);
    }
  }
}

function onClosed(slot) {
  const websocket = connections[slot];

  if (websocket === undefined) return;
  websocket[kOnClosed]();
  detach(slot);
}

function onListenerClosed(id) {
  const listener = listeners[id];

  listeners[id] = undefined;
  listener.onClosed();
}

module.exports = {
  attach,
  counter,
  detach,
  feed,
  given,
  listeners,
  upgrades,
  websocketOf
};
