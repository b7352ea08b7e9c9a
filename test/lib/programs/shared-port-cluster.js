'use strict';

// Two workers of a cluster, each with a free port of its own and with one that
// they share. A client is told the pid.

const cluster = require('cluster');
const { once } = require('events');

const { WebSocketServer } = require('../../support/implementation');

async function listen(port) {
  const wss = new WebSocketServer({ host: '127.0.0.1', port, reusePort: true });
  wss.on('connection', (ws) => ws.send(`${process.pid}`));
  await once(wss, 'listening');
  return wss.address().port;
}

async function runWorker() {
  process.send(await listen(0));
  process.on('message', async (port) => process.send(await listen(port)));
}

async function runPrimary() {
  const workers = [cluster.fork(), cluster.fork()];
  const say = (worker) => once(worker, 'message').then(([port]) => port);
  const ports = await Promise.all(workers.map(say));

  console.log(`ports ${ports}`);
  for (const worker of workers) {
    const shared = say(worker);
    worker.send(ports[0]);
    await shared;
  }
  console.log(`localhost:${ports[0]}`);
  process.on('SIGTERM', () => {
    for (const worker of workers) worker.kill();
    cluster.disconnect(() => process.exit());
  });
}

if (cluster.isPrimary) runPrimary();
else runWorker();
