'use strict';

// A node of Socket.IO on uvws as its engine, with Socket.IO's own adapter for
// Redis: plain or sharded.

const http = require('http');
const {
  createAdapter,
  createShardedAdapter
} = require('@socket.io/redis-adapter');
const { createClient } = require('redis-4');
const { Server } = require('socket.io');

const { WebSocketServer } = require('../../..');

const { path, isSharded } = JSON.parse(process.argv[2]);

async function main() {
  const publisher = createClient({ socket: { path } });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);

  const make = isSharded ? createShardedAdapter : createAdapter;
  const server = http.createServer();
  const io = new Server(server, {
    adapter: make(publisher, subscriber),
    wsEngine: WebSocketServer
  });

  io.on('connection', (socket) => {
    socket.on('join', async (room, reply) => {
      await socket.join(room);
      reply();
    });
    socket.on('say', (room, ...args) => socket.to(room).emit('said', ...args));
    socket.on('tell', (...args) => io.emit('told', ...args));
    socket.on('count', async (reply) =>
      reply((await io.fetchSockets()).length)
    );
    socket.on('ask', async (reply) =>
      reply(await io.timeout(5000).emitWithAck('asked'))
    );
  });
  server.listen(0, '127.0.0.1', () => {
    console.log(`localhost:${server.address().port}`);
  });
}

main();
