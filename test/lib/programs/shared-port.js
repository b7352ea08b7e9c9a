'use strict';

// A worker thread that shares a port, which it tells, and echoes.

const { parentPort, workerData } = require('worker_threads');

const { WebSocketServer } = require('../../support/implementation');

const wss = new WebSocketServer({ ...workerData, reusePort: true }, () => {
  parentPort.postMessage(wss.address().port);
});

wss.on('connection', (ws) => {
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
});
