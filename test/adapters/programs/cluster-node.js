'use strict';

// Workers of a cluster, each with servers of the given names, connected by the
// adapter for clusters. The primary prints what they tell; typed "stats" it tells
// what it does itself, typed "kill ID" it ends a worker.

const cluster = require('cluster');
const readline = require('readline');

const { WebSocketServer } = require('../../..');
const {
  clusterAdapter,
  setupPrimary
} = require('../../../lib/adapters/cluster');
const { serveActions } = require('./actions');

const { count, names, options } = JSON.parse(process.argv[2]);

function runPrimary() {
  const hub = options.hub === null ? null : setupPrimary(options.hub);

  for (let i = 0; i < count; i++) cluster.fork();
  cluster.on('message', (worker, { line }) => {
    if (line !== undefined) console.log(line);
  });
  readline.createInterface(process.stdin).on('line', (line) => {
    const [what, id] = line.split(' ');

    if (what === 'kill') cluster.workers[id].process.kill('SIGKILL');
    else console.log(`stats ${JSON.stringify(hub.stats())}`);
  });
  process.on('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) worker.kill();
    cluster.disconnect(() => process.exit());
  });
}

function runWorker() {
  const { id } = cluster.worker;
  const say = (line) => process.send({ line: `${id} ${line}` });

  for (const name of names) {
    const adapter = clusterAdapter({ ...options.adapter, name });
    const wss = new WebSocketServer({
      adapter,
      host: '127.0.0.1',
      port: 0,
      reusePort: true
    });

    wss.on('listening', () => say(`listens ${name} ${wss.address().port}`));
    wss.on('adapterReady', () => say(`ready ${name}`));
    wss.on('adapterError', (err) => say(`trouble ${err.code}`));
    serveActions(wss, adapter);
  }
}

if (cluster.isPrimary) runPrimary();
else runWorker();
