'use strict';

/* global Bun */

// Bun's own server, under Bun. Environment: PORT (0: any), MODE (echo, fanout,
// publish), TLS (a file with key and certificate), DEFLATE (set: compression).

const fs = require('node:fs');

// As much as ws takes; nothing is dropped for back-pressure in a scenario.
const MAX_PAYLOAD = 100 * 1024 * 1024;

const clients = new Set();
const isDeflated = Boolean(process.env.DEFLATE);
const pem = process.env.TLS && fs.readFileSync(process.env.TLS);

const handlers = {
  echo: {
    message(ws, message) {
      ws.send(message, isDeflated);
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
      for (const client of clients) client.send(message, isDeflated);
    }
  },
  publish: {
    open(ws) {
      ws.subscribe('all');
    },
    message(ws, message) {
      server.publish('all', message, isDeflated);
    }
  }
};

const server = Bun.serve({
  port: Number(process.env.PORT || 0),
  hostname: '127.0.0.1',
  tls: pem && { key: pem, cert: pem },
  fetch(request, server) {
    if (server.upgrade(request)) return undefined;
    return new Response('Upgrade Required', { status: 426 });
  },
  websocket: {
    ...handlers[process.env.MODE || 'echo'],
    perMessageDeflate: isDeflated,
    maxPayloadLength: MAX_PAYLOAD,
    backpressureLimit: MAX_PAYLOAD
  }
});

process.on('SIGUSR2', () => Bun.gc(true));

console.log(server.port);
