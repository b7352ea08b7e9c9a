'use strict';

// One worker for each core, all on one port: the kernel spreads the connections
// over them, and what one worker publishes reaches the clients of all.
//
//   PORT=8080 WORKERS=4 node examples/cluster/server.js
//
// Clients send {"join": "topic"}, {"leave": "topic"}, {"say": "text", "to":
// "topic"}, or without "to" to everyone.

const cluster = require('cluster');
const os = require('os');
const { WebSocketServer } = require('uvws');
const { clusterAdapter, setupPrimary } = require('uvws/cluster');

const port = Number(process.env.PORT || 8080);

function runPrimary() {
  const count = Number(process.env.WORKERS) || os.availableParallelism();
  let isEnding = false;

  // It passes on what the workers publish; it sees no connection.
  setupPrimary();
  for (let i = 0; i < count; i++) cluster.fork();

  cluster.on('message', (worker, message) => {
    if (message.listening === undefined) return;
    console.log(
      `Worker ${worker.process.pid} on ws://localhost:${message.listening}`
    );
  });
  cluster.on('exit', () => {
    if (!isEnding) cluster.fork();
  });

  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      isEnding = true;
      for (const worker of Object.values(cluster.workers)) worker.kill();
    });
  }
}

function runWorker() {
  const wss = new WebSocketServer({
    adapter: clusterAdapter(),
    host: process.env.HOST,
    port,
    reusePort: true
  });

  wss.on('connection', (ws) => {
    ws.on('error', console.error);
    ws.on('message', (data) => receive(wss, ws, data));
  });
  wss.on('adapterError', console.error);
  wss.on('adapterReady', () => {
    process.send({ listening: wss.address().port });
  });
  process.once('SIGTERM', async () => {
    await wss.close({ code: 1001, timeout: 1000 });
    process.exit();
  });
}

function receive(wss, ws, data) {
  let message;

  try {
    message = Object(JSON.parse(data));
  } catch {
    ws.close(1007, 'JSON is expected');
    return;
  }

  const { join, leave, say, to } = message;
  const text = JSON.stringify({ said: say, by: process.pid });

  if (typeof join === 'string') ws.subscribe(join);
  if (typeof leave === 'string') ws.unsubscribe(leave);
  if (typeof say === 'string') {
    if (typeof to === 'string') wss.publish(to, text);
    else wss.broadcast(text);
  }
  ws.send(JSON.stringify({ done: true, by: process.pid }));
}

if (cluster.isPrimary) runPrimary();
else runWorker();
