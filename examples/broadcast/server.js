'use strict';

// Sends every message to all the other clients; WebSocket and plain HTTP
// share one port.
//
//   PORT=8080 node examples/broadcast/server.js

const http = require('http');
const WebSocket = require('uvws');

const server = http.createServer((req, res) => {
  res.end(`${wss.clients.size} connected\n`);
});
const wss = new WebSocket.Server({ server });

wss.on('connection', (ws) => {
  ws.on('error', console.error);
  ws.on('message', (data, isBinary) => {
    wss.clients.forEach((client) => {
      if (client !== ws && client.readyState === WebSocket.OPEN) {
        client.send(data, { binary: isBinary });
      }
    });
  });
});

server.listen(Number(process.env.PORT || 8080), process.env.HOST, () => {
  console.log(`Broadcast on ws://localhost:${server.address().port}`);
});
