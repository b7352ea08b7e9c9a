'use strict';

// What it costs to reach the clients of another node through Redis:
//
//   node bench/adapters/run.js
//
// Two nodes and a redis-server on this machine, 64-byte messages, one subscriber
// on the other node. First one message at a time: the time from publish() to the
// client. Then as many as go through. All of it shares the cores there are.

const { fork, spawn } = require('child_process');
const { once } = require('events');
const fs = require('fs');
const os = require('os');
const path = require('path');

const { WebSocket } = require('../..');

const ROUNDS = 3;
const MANY = 20000;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvws-bench-'));
const socket = path.join(folder, 'redis');
const children = [];

async function startRedis() {
  const args = ['--port', '0', '--save', '', '--unixsocket', socket];
  const redis = spawn('redis-server', args, { cwd: folder });

  children.push(redis);
  while (!fs.existsSync(socket)) await once(redis.stdout, 'data');
}

async function startNode() {
  const node = fork(path.join(__dirname, 'node.js'), [socket]);

  children.push(node);
  const [{ port }] = await once(node, 'message');
  const ws = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(ws, 'open');
  return ws;
}

/** Has messages published by one node; resolves with what the other heard. */
async function measure(from, to, options) {
  const delays = [];
  const start = process.hrtime.bigint();

  return new Promise((resolve) => {
    const onMessage = (data) => {
      const sent = BigInt(String(data).split(' ', 1)[0]);

      delays.push(Number(process.hrtime.bigint() - sent) / 1000);
      if (delays.length < options.count) return;
      to.off('message', onMessage);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      resolve({ delays: delays.sort((a, b) => a - b), seconds });
    };

    to.on('message', onMessage);
    from.send(JSON.stringify(options));
  });
}

function quantile(sorted, share) {
  return Math.round(sorted[Math.floor((sorted.length - 1) * share)]);
}

async function main() {
  await startRedis();
  const [from, to] = [await startNode(), await startNode()];

  // Redis has to know the subscribers before all else.
  await new Promise((resolve) => setTimeout(resolve, 500));
  await measure(from, to, { count: 1000, perTurn: 1 }); // warms up
  for (let round = 0; round < ROUNDS; round++) {
    const one = await measure(from, to, { count: 1000, perTurn: 1 });
    const many = await measure(from, to, { count: MANY, perTurn: 100 });
    const [p50, p99] = [0.5, 0.99].map((share) => quantile(one.delays, share));

    console.log(
      `latency p50 ${p50} us, p99 ${p99} us; ` +
        `${Math.round(MANY / many.seconds)} messages/s`
    );
  }
  for (const child of children) child.kill();
  fs.rmSync(folder, { recursive: true, force: true });
  from.terminate();
  to.terminate();
}

main();
