'use strict';

// A worker thread with a server of its own, on a port that it tells.

const { parentPort, threadId } = require('worker_threads');

const { WebSocketServer } = require('../../support/implementation');

const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => {
  parentPort.postMessage(wss.address().port);
});

wss.on('connection', (ws) => {
  ws.on('message', (data) => {
    if (String(data) === 'throw') throw new Error('as told');
    ws.send(`${threadId} ${data}`);
  });
});

parentPort.on('message', () => {
  for (const client of wss.clients) client.close(1001);
  wss.close();
  parentPort.close();
});
