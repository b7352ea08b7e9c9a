'use strict';

// Limits how often a client may speak: each has a bucket of tokens that fills
// at a steady rate, and a message takes one. Who overdoes it is warned, then
// closed with 1008.
//
//   PORT=8080 node examples/rate-limit/server.js

const WebSocket = require('uvws');

const CAPACITY = 10;
const TOKENS_PER_SECOND = 2;
const WARNINGS = 5;

class Bucket {
  #tokens = CAPACITY;
  #filledAt = performance.now();

  /** Takes a token, if there is one. */
  take() {
    const now = performance.now();
    const filled = ((now - this.#filledAt) / 1000) * TOKENS_PER_SECOND;

    this.#tokens = Math.min(CAPACITY, this.#tokens + filled);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

const wss = new WebSocket.Server({
  host: process.env.HOST,
  maxPayload: 1024,
  port: Number(process.env.PORT || 8080)
});

wss.on('connection', (ws) => {
  const bucket = new Bucket();
  let warnings = 0;

  ws.on('error', console.error);
  ws.on('message', (data) => {
    if (bucket.take()) {
      ws.send(`ok: ${data}`);
    } else if (warnings < WARNINGS) {
      warnings++;
      ws.send('slow down');
    } else {
      ws.close(1008, 'too many messages');
    }
  });
});

wss.on('listening', () => {
  console.log(`Rate limit on ws://localhost:${wss.address().port}`);
});
