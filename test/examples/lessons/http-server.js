'use strict';

const http = require('http');
const WebSocket = require('uvws');

const server = http.createServer((req, res) => {
  res.writeHead(200, { 'Content-Type': 'text/plain' });
  res.end('Hello over HTTP');
});

const wss = new WebSocket.Server({ server });

wss.on('connection', (ws, req) => {
  ws.on('message', (message) => {
    ws.send(`${req.url} got ${message}`);
  });
});

server.listen(process.env.PORT, () => {
  console.log('Listening on http://localhost:' + server.address().port);
});
