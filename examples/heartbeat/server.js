'use strict';

// Finds connections that are dead without having said so, as when a phone
// leaves the network: who does not answer a ping until the next is terminated.
//
//   INTERVAL_MS=30000 PORT=8080 node examples/heartbeat/server.js

const WebSocket = require('uvws');

const wss = new WebSocket.Server({
  host: process.env.HOST,
  port: Number(process.env.PORT || 8080)
});

wss.on('connection', (ws) => {
  ws.isAlive = true;
  ws.on('error', console.error);
  ws.on('pong', () => (ws.isAlive = true));
  ws.on('close', (code) => console.log(`gone with ${code}`));
});

const interval = setInterval(
  () => {
    for (const ws of wss.clients) {
      if (ws.isAlive) {
        ws.isAlive = false;
        ws.ping();
      } else {
        ws.terminate();
      }
    }
  },
  Number(process.env.INTERVAL_MS || 30000)
);

wss.on('close', () => clearInterval(interval));

wss.on('listening', () => {
  console.log(`Heartbeat on ws://localhost:${wss.address().port}`);
});
