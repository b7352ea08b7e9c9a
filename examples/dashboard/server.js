'use strict';

// A page that draws what a server does, as it does it. The server that is
// watched echoes at /echo; the page listens at /live.
//
//   node examples/dashboard/server.js   (PORT and HOST are honoured)
//   node examples/dashboard/load.js     gives it something to do

const http = require('http');
const { WebSocketServer } = require('uvws');
const Sampler = require('./sampler');
const servePage = require('./page-files');

const INTERVAL_MS = Number(process.env.INTERVAL_MS || 1000);
const HISTORY_LENGTH = 120;

const server = http.createServer(servePage);
const wss = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });
const live = new WebSocketServer({ noServer: true, maxConnections: 50 });

const sampler = new Sampler(wss);
const history = [];

server.on('upgrade', (req, socket, head) => {
  const target = { '/echo': wss, '/live': live }[req.url];

  if (target === undefined) {
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
    return;
  }
  target.handleUpgrade(req, socket, head, (ws) => {
    target.emit('connection', ws, req);
  });
});

wss.on('connection', (ws) => {
  ws.on('error', () => {}); // counted; 'close' follows
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
  sampler.watch(ws);
});

live.on('connection', (ws) => {
  ws.on('error', () => {});
  ws.send(JSON.stringify(history));
});

const timer = setInterval(() => {
  history.push(sampler.sample());
  if (history.length > HISTORY_LENGTH) history.shift();
  live.broadcast(JSON.stringify(history.slice(-1)));
}, INTERVAL_MS);

async function shutDown() {
  clearInterval(timer);
  server.close();
  await Promise.all([wss, live].map((one) => one.close({ timeout: 1000 })));
  server.closeAllConnections();
}

process.once('SIGINT', shutDown);
process.once('SIGTERM', shutDown);

server.listen(Number(process.env.PORT || 8080), process.env.HOST, () => {
  console.log(`Dashboard on http://localhost:${server.address().port}`);
});
