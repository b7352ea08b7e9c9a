'use strict';

// Workers of a cluster that share a port. `--shared` serves with node:http.
// Told "die" a worker dies, and another takes its place.

const cluster = require('cluster');
const http = require('http');

const { WebSocketServer } = require('../../support/implementation');

const WORKERS = 2;
const isShared = process.argv.includes('--shared');

function runWorker() {
  const server = http.createServer((req, res) => res.end(`${process.pid}`));
  const wss = isShared
    ? new WebSocketServer({ server })
    : new WebSocketServer({ host: '127.0.0.1', port: Number(process.env.AT) });

  wss.on('connection', (ws) => {
    ws.on('message', (data) => {
      if (String(data) === 'die') process.exit(1);
      ws.send(`${process.pid} ${data}`);
    });
  });
  if (isShared) server.listen(Number(process.env.AT), '127.0.0.1');
}

function runPrimary() {
  let listening = 0;

  // Workers ask for the same port 0: the primary gives all of them one.
  for (let i = 0; i < WORKERS; i++) cluster.fork({ AT: '0' });
  cluster.on('listening', (worker, { port }) => {
    listening++;
    if (listening === WORKERS) console.log(`localhost:${port}`);
    if (listening > WORKERS) console.log(`replaced ${worker.process.pid}`);
  });
  cluster.on('exit', (worker, code) => {
    if (code === 1) cluster.fork({ AT: '0' });
  });
  process.on('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) worker.kill();
    cluster.disconnect(() => process.exit());
  });
}

if (cluster.isPrimary) runPrimary();
else runWorker();
