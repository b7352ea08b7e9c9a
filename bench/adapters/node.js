'use strict';

// A node: its clients subscribe to a topic each on entering; the first message of
// a client is how many messages it wants published, and how fast.

const { createClient } = require('redis');
const { WebSocketServer } = require('../..');
const { redisAdapter } = require('../../lib/adapters/redis');

const adapter = redisAdapter(
  createClient({ socket: { path: process.argv[2] } }),
  { maxPendingBytes: 2 ** 30 }
);
const wss = new WebSocketServer({ adapter, host: '127.0.0.1', port: 0 });
const text = 'x'.repeat(48);

wss.on('adapterReady', () => {
  process.send({ port: wss.address().port });
});

wss.on('connection', (ws) => {
  ws.subscribe('bench');
  ws.on('message', async (data) => {
    const { count, perTurn } = JSON.parse(data);

    for (let sent = 0; sent < count; sent += perTurn) {
      for (let i = 0; i < perTurn; i++) {
        wss.publish('bench', `${process.hrtime.bigint()} ${text}`);
      }
      // One message waits for Redis before the next where the latency is asked.
      while (adapter.stats().pendingBytes > (perTurn === 1 ? 0 : 2 ** 20)) {
        await new Promise(setImmediate);
      }
    }
  });
});
