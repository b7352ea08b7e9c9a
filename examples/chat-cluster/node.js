'use strict';

// One node of the chat: the page of examples/chat, and its WebSockets, for a part
// of the members. Any number of nodes share one Redis.
//
//   REDIS_URL=redis://localhost:6379 PORT=8081 node examples/chat-cluster/node.js

const http = require('http');
const { createClient } = require('redis');
const { WebSocket, WebSocketServer } = require('uvws');
const { redisAdapter } = require('uvws/redis');

const { Allowance } = require('../chat/allowance');
const servePage = require('../chat/page-files');
const { MAX_FRAME_BYTES } = require('../chat/protocol');
const receive = require('../chat/receive');
const History = require('./history');
const Presence = require('./presence');
const Room = require('./room');

const client = createClient({
  url: process.env.REDIS_URL,
  disableOfflineQueue: true,
  socket: { reconnectStrategy: (retries) => Math.min(100 * retries, 1000) }
});

const server = http.createServer(servePage);
const wss = new WebSocketServer({
  server,
  adapter: redisAdapter(client, { prefix: 'chat' }),
  maxPayload: MAX_FRAME_BYTES
});
const room = new Room(wss, new History(client));
const presence = new Presence(client, () => room.members);

room.connect(presence);
client.on('error', () => {});
client.connect().catch(() => {});
presence.start().catch(() => {});

// Without Redis the members of this node can still talk to each other.
wss.on('adapterError', (err) => console.log(`alone: ${err.message}`));
wss.on('adapterReady', () => console.log('connected to the other nodes'));

wss.on('connection', (ws) => {
  const allowance = new Allowance();

  ws.on('error', () => {});
  ws.on('close', () => room.leave(ws));
  ws.on('message', (data, isBinary) => {
    if (ws.readyState !== WebSocket.OPEN) return;

    const isTooFast = allowance.spend() < 0;
    if (isBinary) ws.close(1003, 'Text messages only');
    else receive(ws, data.toString(), { actions: room, isTooFast });
  });
});

async function shutDown() {
  server.close();
  presence.stop();
  await wss.close({ code: 1001, reason: 'Going away', timeout: 1000 });
  client.destroy();
}

process.once('SIGINT', shutDown);
process.once('SIGTERM', shutDown);

server.listen(Number(process.env.PORT || 8080), process.env.HOST, () => {
  console.log(`Node on http://localhost:${server.address().port}`);
});
