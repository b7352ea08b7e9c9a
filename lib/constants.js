'use strict';

const BINARY_TYPES = ['nodebuffer', 'arraybuffer', 'fragments', 'blob'];

module.exports = {
  BINARY_TYPES,
  CLOSE_TIMEOUT: 30000,

  // Bytes of a message from which on a thread compresses it. The way there and
  // back takes about a tenth of the time that compressing as much does.
  OFF_LOOP_AT: 32 * 1024,

  EMPTY_BUFFER: Buffer.alloc(0),
  MAX_PAYLOAD: 100 * 1024 * 1024,
  MAX_PENDING_AUTO_PONGS: 60,
  READY_STATES: ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'],

  // Opcodes and flags of an outgoing frame, as src/binding/connection_wrap.cc
  // takes them.
  OPCODE_CONTINUATION: 0,
  OPCODE_TEXT: 1,
  OPCODE_BINARY: 2,
  OPCODE_CLOSE: 8,
  OPCODE_PING: 9,
  OPCODE_PONG: 10,
  FLAG_FINAL: 16,
  FLAG_COMPRESSED: 32,
  FLAG_MASKED: 64,
  FLAG_UNMASKED: 128,

  // Kinds of inbox entries (src/binding/inbox.h).
  ENTRY_TEXT: 1,
  ENTRY_BINARY: 2,
  ENTRY_END: 3,
  ENTRY_FAILURE: 4,
  ENTRY_FRAGMENT: 5,
  ENTRY_INFLATING: 6,
  ENTRY_THROTTLED: 7,
  ENTRY_CLOSE: 8,
  ENTRY_PING: 9,
  ENTRY_PONG: 10,
  ENTRY_KIND: 15,
  ENTRY_OWNED: 16,
  ENTRY_POOLED: 32,
  ENTRY_CODE_SHIFT: 16,

  // uvws_counters_t (src/net/connection.h): doubles per connection, and which.
  COUNTERS_PER_CONNECTION: 4,
  CONNECTIONS_PER_PAGE: 256,
  COUNTER_QUEUED: 0,
  COUNTER_WRITTEN: 1,
  COUNTER_BUFFERED: 2,
  COUNTER_RECEIVED: 3,

  // uvws_status_t (src/core/status.h).
  STATUS_OK: 0,

  // How lib/inbox.js tells a WebSocket what happened to its connection.
  kOnClose: Symbol('onClose'),
  kOnClosed: Symbol('onClosed'),
  kOnDeflated: Symbol('onDeflated'),
  kOnEnd: Symbol('onEnd'),
  kOnFailure: Symbol('onFailure'),
  kOnFragment: Symbol('onFragment'),
  kOnInflating: Symbol('onInflating'),
  kOnThrottled: Symbol('onThrottled'),
  kOnMessage: Symbol('onMessage'),
  kOnOutput: Symbol('onOutput'),
  kOnPing: Symbol('onPing'),
  kOnPong: Symbol('onPong'),
  kOnSocketClose: Symbol('onSocketClose'),
  kOnWritten: Symbol('onWritten'),

  kForOnEventAttribute: Symbol('forOnEventAttribute'),
  kListener: Symbol('listener'),
  kResponse: Symbol('response'),
  kStatusCode: Symbol('statusCode'),
  kWebSocket: Symbol('websocket')
};
