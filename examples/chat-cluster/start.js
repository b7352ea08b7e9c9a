'use strict';

// Starts three nodes, each anew when it dies, and one address for all of them.
//
//   REDIS_URL=redis://localhost:6379 PORT=8080 node examples/chat-cluster/start.js

const { spawn } = require('child_process');
const net = require('net');
const path = require('path');

const NODES = 3;
const RESTART_MS = 1000;

const ports = new Map(); // child process -> its port
let isEnding = false;
let turn = 0;

function startNode() {
  const child = spawn(process.execPath, [path.join(__dirname, 'node.js')], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit']
  });

  child.stdout.setEncoding('utf8').on('data', (text) => {
    const match = /localhost:(\d+)/.exec(text);

    if (match) ports.set(child, Number(match[1]));
    process.stdout.write(text.replace(/^(?=.)/gm, `${child.pid} `));
  });
  child.on('exit', () => {
    ports.delete(child);
    if (!isEnding) setTimeout(startNode, RESTART_MS);
  });
}

// What HAProxy or nginx do in earnest: each connection to the next node.
const balancer = net.createServer((near) => {
  const all = [...ports.values()];

  if (all.length === 0) {
    near.destroy();
    return;
  }

  const far = net.connect(all[turn++ % all.length], '127.0.0.1');

  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
  near.pipe(far).pipe(near);
});

function shutDown() {
  isEnding = true;
  balancer.close();
  for (const child of ports.keys()) child.kill();
}

process.once('SIGINT', shutDown);
process.once('SIGTERM', shutDown);

for (let i = 0; i < NODES; i++) startNode();
balancer.listen(Number(process.env.PORT || 8080), process.env.HOST, () => {
  console.log(`Chat on http://localhost:${balancer.address().port}`);
});
