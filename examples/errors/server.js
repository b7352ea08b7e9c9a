'use strict';

// What can go wrong, and how it is told: to us by events, to the client by a
// close code.
//
//   PORT=8080 node examples/errors/server.js

const WebSocket = require('uvws');

const wss = new WebSocket.Server({
  host: process.env.HOST,
  maxPayload: 1024,
  port: Number(process.env.PORT || 8080)
});

/** Does what a client asks for: {"add": [1, 2]}. */
function answer(data) {
  const { add } = JSON.parse(data);

  return String(add.reduce((sum, number) => sum + number, 0));
}

wss.on('connection', (ws) => {
  // The client broke the protocol or a limit. ws closes by itself: with 1002
  // (broken frames), 1007 (text that is not UTF-8), 1009 (too big)...
  ws.on('error', (err) => console.log(`error: ${err.code}: ${err.message}`));

  // 1005: the client gave no code. 1006: it vanished.
  ws.on('close', (code, reason) => console.log(`closed: ${code} ${reason}`));

  ws.on('message', (data, isBinary) => {
    if (isBinary) {
      ws.close(1003, 'only text is understood');
      return;
    }

    try {
      ws.send(answer(data));
    } catch (err) {
      // Codes from 4000 on are ours to give a meaning.
      ws.close(4000, err instanceof SyntaxError ? 'no JSON' : 'no numbers');
    }
  });
});

// A request that is no proper WebSocket handshake. Without a listener ws
// answers it; with one we must.
wss.on('wsClientError', (err, socket) => {
  console.log(`refused: ${err.message}`);
  socket.end(`HTTP/1.1 400 ${err.message}\r\nConnection: close\r\n\r\n`);
});

// The server itself: most often its port is taken.
wss.on('error', (err) => {
  console.error(`cannot listen: ${err.code}`);
  process.exitCode = 1;
});

// 1001: the server goes away, and clients do well to come back later.
process.once('SIGTERM', () => {
  for (const client of wss.clients) client.close(1001, 'restarting');
  wss.close();
});

wss.on('listening', () => {
  console.log(`Sums on ws://localhost:${wss.address().port}`);
});
