'use strict';

// Express serves a page and an API; the page's WebSocket shares their port.
//
//   PORT=8080 node examples/express/server.js

const express = require('express');
const http = require('http');
const path = require('path');
const WebSocket = require('uvws');

const app = express();
const server = http.createServer(app);
const wss = new WebSocket.Server({ server, path: '/live' });

app.use(express.static(path.join(__dirname, 'public')));
app.use(express.json());

function broadcast(message) {
  const text = JSON.stringify(message);

  for (const client of wss.clients) {
    if (client.readyState === WebSocket.OPEN) client.send(text);
  }
}

// curl -d '{"text":"hello"}' -H 'Content-Type: application/json' .../api/news
app.post('/api/news', (req, res) => {
  broadcast({ news: String(req.body?.text) });
  res.status(202).json({ readers: wss.clients.size });
});

wss.on('connection', (ws) => {
  ws.on('error', console.error);
  ws.on('close', () => broadcast({ readers: wss.clients.size }));
  broadcast({ readers: wss.clients.size });
});

server.listen(Number(process.env.PORT || 8080), process.env.HOST, () => {
  console.log(`News on http://localhost:${server.address().port}`);
});
