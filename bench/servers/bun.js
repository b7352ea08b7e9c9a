'use strict';

/* global Bun */

// Bun's own server, under Bun. Environment: PORT (0: any), MODE (echo, fanout,
// publish).

// As much as ws takes; nothing is dropped for back-pressure in a scenario.
const MAX_PAYLOAD = 100 * 1024 * 1024;

const clients = new Set();

const handlers = {
  echo: {
    message(ws, message) {
      ws.send(message);
    }
  },
  fanout: {
    open(ws) {
      clients.add(ws);
    },
    close(ws) {
      clients.delete(ws);
    },
    message(ws, message) {
      for (const client of clients) client.send(message);
    }
  },
  publish: {
    open(ws) {
      ws.subscribe('all');
    },
    message(ws, message) {
      server.publish('all', message);
    }
  }
};

const server = Bun.serve({
  port: Number(process.env.PORT || 0),
  hostname: '127.0.0.1',
  fetch(request, server) {
    if (server.upgrade(request)) return undefined;
    return new Response('Upgrade Required', { status: 426 });
  },
  websocket: {
    ...handlers[process.env.MODE || 'echo'],
    perMessageDeflate: false,
    maxPayloadLength: MAX_PAYLOAD,
    backpressureLimit: MAX_PAYLOAD
  }
});

process.on('SIGUSR2', () => Bun.gc(true));

console.log(server.port);
