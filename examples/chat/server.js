'use strict';

// A chat room: one HTTP server gives out the page and carries the WebSocket.
//
//   node examples/chat/server.js        (PORT and HOST are honoured)

const http = require('http');
const WebSocket = require('uvws');
const { Allowance, BURST } = require('./allowance');
const servePage = require('./page-files');
const { MAX_FRAME_BYTES } = require('./protocol');
const receive = require('./receive');
const Room = require('./room');

const MAX_CLIENTS = 200;
const HEARTBEAT_MS = 30000;
const GOODBYE_MS = 1000;

const room = new Room();
const server = http.createServer(servePage);
const wss = new WebSocket.Server({ server, maxPayload: MAX_FRAME_BYTES });

const actions = {
  join: (ws, fields) => room.join(ws, fields),
  rename: (ws, fields) => room.rename(ws, fields),
  say: (ws, fields) => room.say(ws, fields)
};

wss.on('connection', (ws) => {
  const allowance = new Allowance();

  // Whatever is wrong with a connection, 'close' follows and cleans up.
  ws.on('error', () => {});
  ws.on('close', () => room.leave(ws));

  if (wss.clients.size > MAX_CLIENTS) {
    ws.close(1013, 'The room is full');
    return;
  }

  ws.isAlive = true;
  ws.on('pong', () => (ws.isAlive = true));
  ws.on('message', (data, isBinary) => {
    // Messages that were under way when we closed still arrive.
    if (ws.readyState !== WebSocket.OPEN) return;

    const left = allowance.spend();
    if (isBinary) ws.close(1003, 'Text messages only');
    else if (left < -BURST) ws.close(1008, 'Too many messages');
    else receive(ws, data.toString(), { actions, isTooFast: left < 0 });
  });
});

// A peer that went away without a word is found by not answering a ping.
const heartbeat = setInterval(() => {
  for (const ws of wss.clients) {
    if (ws.isAlive) ws.ping();
    else ws.terminate();
    ws.isAlive = false;
  }
}, HEARTBEAT_MS);

function shutDown() {
  clearInterval(heartbeat);
  server.close();
  wss.close();
  for (const ws of wss.clients) ws.close(1001, 'The server is going away');
  setTimeout(() => {
    for (const ws of wss.clients) ws.terminate();
    server.closeAllConnections();
  }, GOODBYE_MS).unref();
}

process.once('SIGINT', shutDown);
process.once('SIGTERM', shutDown);

wss.on('error', (err) => {
  console.error(`${err.message}\nTry another: PORT=8081 node ${__filename}`);
  process.exit(1);
});

server.listen(Number(process.env.PORT || 8080), process.env.HOST, () => {
  console.log(`Chat on http://localhost:${server.address().port}`);
});
