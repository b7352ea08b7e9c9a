'use strict';

const inbox = require('./inbox');

// Bytes that came behind the handshake before C reads the connection itself.

/**
 * Keeps early bytes and feeds them in the next tick, when the application had
 * the chance to listen or to pause; no read of C's comes before that.
 *
 * @param {WebSocket} websocket The WebSocket
 * @param {Buffer[]} chunks The bytes; empty and absent ones are skipped
 */
function keep(websocket, chunks) {
  const early = chunks.filter((chunk) => chunk && chunk.length > 0);

  if (early.length === 0) return;
  websocket._early = early;
  process.nextTick(feedEarly, websocket);
}

/**
 * Goes on with what a pause has kept back.
 *
 * @param {WebSocket} websocket The WebSocket
 */
function resume(websocket) {
  if (websocket._early !== null) process.nextTick(feedEarly, websocket);
}

/**
 * Reads what a stream holds: from Node 26 on one `read()` gives one chunk.
 *
 * @param {Readable} stream The stream; it does not flow
 * @return {Buffer[]} The chunks
 */
function readAll(stream) {
  const chunks = [];
  let chunk;

  while ((chunk = stream.read()) !== null) chunks.push(chunk);
  return chunks;
}

function feedEarly(websocket) {
  while (
    websocket._early !== null &&
    websocket._slot !== -1 &&
    !websocket._paused
  ) {
    const chunk = websocket._early.shift();

    if (websocket._early.length === 0) websocket._early = null;
    inbox.feed(websocket._slot, chunk);
  }
}

module.exports = { keep, readAll, resume };
