'use strict';

// A node: its clients hear what is published by any node. The first message of a
// client is how many messages it wants published, and how fast.
//
//   node node.js KIND SOCKET

const { createClient } = require('redis');
const { WebSocketServer } = require('../..');
const ws = require('ws');
const { redisAdapter } = require('../../lib/adapters/redis');

const TOPIC = 'bench';
const [, , kind, socket] = process.argv;
const text = 'x'.repeat(48);

function connect() {
  return createClient({ socket: { path: socket } });
}

/** uvws, with its adapter. */
function startUvws() {
  const adapter = redisAdapter(connect(), { maxPendingBytes: 2 ** 30 });
  const wss = new WebSocketServer({ adapter, host: '127.0.0.1', port: 0 });

  wss.on('connection', (client) => client.subscribe(TOPIC));
  return new Promise((resolve) => {
    wss.on('adapterReady', () => {
      resolve({
        wss,
        publish: (message) => wss.publish(TOPIC, message),
        pending: () => adapter.stats().pendingBytes
      });
    });
  });
}

/** ws, as one writes it by hand: a subscription whose messages go to all. */
async function startWs() {
  const [publisher, subscriber] = [connect(), connect()];
  const wss = new ws.WebSocketServer({ host: '127.0.0.1', port: 0 });
  let pending = 0;

  await Promise.all([publisher.connect(), subscriber.connect()]);
  await subscriber.subscribe(TOPIC, (message) => {
    for (const client of wss.clients) client.send(message);
  });
  return {
    wss,
    publish(message) {
      pending += message.length;
      publisher.publish(TOPIC, message).then(() => (pending -= message.length));
    },
    pending: () => pending
  };
}

const starters = { uvws: startUvws, ws: startWs };

async function main() {
  const { wss, publish, pending } = await starters[kind]();

  wss.on('connection', (client) => {
    client.on('message', async (data) => {
      const { count, perTurn } = JSON.parse(data);

      for (let sent = 0; sent < count; sent += perTurn) {
        for (let i = 0; i < perTurn; i++) {
          publish(`${process.hrtime.bigint()} ${text}`);
        }
        // Redis falls no further behind than this.
        while (pending() > 2 ** 20) await new Promise(setImmediate);
      }
    });
  });
  process.send({ port: wss.address().port });
}

main();
