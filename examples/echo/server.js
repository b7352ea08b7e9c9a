'use strict';

// Sends every message back, text as text and binary as binary.
//
//   PORT=8080 node examples/echo/server.js

const WebSocket = require('uvws');

const wss = new WebSocket.Server({
  host: process.env.HOST,
  port: Number(process.env.PORT || 8080)
});

wss.on('connection', (ws) => {
  ws.on('error', console.error);
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
});

wss.on('listening', () => {
  console.log(`Echo on ws://localhost:${wss.address().port}`);
});
