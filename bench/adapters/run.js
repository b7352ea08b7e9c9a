'use strict';

// What it costs to reach the clients of another node through Redis, against ws
// with a subscription of its own:
//
//   node bench/adapters/run.js [--rounds 5] [--clients 1,100]
//
// Two nodes of a kind and a redis-server on this machine, 64-byte messages, N
// subscribers on the other node. First one message at a time: from publishing it
// to the last client's. Then as many as go through, and the CPU time of the node
// that delivers for each copy. The kinds take turns.

const { fork, spawn } = require('child_process');
const { once } = require('events');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { parseArgs } = require('util');

const { WebSocket } = require('../..');

const KINDS = ['ws', 'uvws'];
const COPIES = 40000;
const TICKS_PER_SECOND = 100; // sysconf(_SC_CLK_TCK) of Linux

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvws-bench-'));
const socket = path.join(folder, 'redis');
const children = [];

async function startRedis() {
  const args = ['--port', '0', '--save', '', '--unixsocket', socket];
  const redis = spawn('redis-server', args, { cwd: folder });

  children.push(redis);
  while (!fs.existsSync(socket)) await once(redis.stdout, 'data');
}

async function startNode(kind) {
  const node = fork(path.join(__dirname, 'node.js'), [kind, socket]);

  children.push(node);
  const [{ port }] = await once(node, 'message');
  return { pid: node.pid, port, kill: () => node.kill() };
}

async function connect(node, count) {
  const clients = Array.from(
    { length: count },
    () => new WebSocket(`ws://127.0.0.1:${node.port}`)
  );

  await Promise.all(clients.map((client) => once(client, 'open')));
  return clients;
}

/** Seconds of CPU that a process has used, with all its threads. */
function cpuOf(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1];
  const [user, system] = fields.split(' ').slice(11, 13).map(Number);

  return (user + system) / TICKS_PER_SECOND;
}

/** Has messages published by one node; resolves when all clients heard all. */
function measure(publisher, clients, options) {
  const delays = [];
  const start = process.hrtime.bigint();
  let left = options.count * clients.length;

  return new Promise((resolve) => {
    const onMessage = (data) => {
      const sent = BigInt(String(data).split(' ', 1)[0]);

      delays.push(Number(process.hrtime.bigint() - sent) / 1000);
      if (--left > 0) return;
      for (const client of clients) client.off('message', onMessage);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      resolve({ delays: delays.sort((a, b) => a - b), seconds });
    };

    for (const client of clients) client.on('message', onMessage);
    publisher.send(JSON.stringify(options));
  });
}

/** One message at a time; the time to the last client's copy of each. */
async function measureDelays(publisher, clients, count) {
  const last = [];

  while (count-- > 0) {
    const options = { count: 1, perTurn: 1 };
    const { delays } = await measure(publisher, clients, options);
    last.push(delays.at(-1));
  }
  return last.sort((a, b) => a - b);
}

function quantile(sorted, share) {
  return sorted[Math.floor((sorted.length - 1) * share)];
}

async function measureKind(kind, count) {
  const [from, to] = [await startNode(kind), await startNode(kind)];
  const [publisher] = await connect(from, 1);
  const clients = await connect(to, count);

  // Redis has to know the subscribers before all else.
  await new Promise((resolve) => setTimeout(resolve, 500));
  await measureDelays(publisher, clients, 500); // warms up
  const delays = await measureDelays(publisher, clients, 500);
  const messages = Math.ceil(COPIES / count);
  const before = cpuOf(to.pid);
  const many = await measure(publisher, clients, {
    count: messages,
    perTurn: Math.min(100, messages)
  });
  const cpu = cpuOf(to.pid) - before;

  for (const client of [publisher, ...clients]) client.terminate();
  from.kill();
  to.kill();
  return {
    'p50 us': quantile(delays, 0.5),
    'p99 us': quantile(delays, 0.99),
    'copies/s': (messages * count) / many.seconds,
    'CPU us/copy': (cpu * 1e6) / (messages * count)
  };
}

function median(values) {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5
  );
}

function report(count, rounds) {
  const names = Object.keys(rounds[0].ws);

  console.log(`${count} clients, medians of ${rounds.length} rounds`);
  for (const name of names) {
    const figures = KINDS.map(
      (kind) => `${kind} ${median(rounds.map((r) => r[kind][name])).toFixed(1)}`
    );
    const ratio = median(rounds.map(({ ws, uvws }) => ws[name] / uvws[name]));

    console.log(
      `  ${name}: ${figures.join(', ')}; ws/uvws ${ratio.toFixed(2)}`
    );
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      clients: { type: 'string', default: '1,100' },
      rounds: { type: 'string', default: '5' }
    }
  });

  await startRedis();
  for (const count of values.clients.split(',').map(Number)) {
    const rounds = [];

    for (let i = 0; i < Number(values.rounds); i++) {
      const round = {};
      const kinds = i % 2 === 0 ? KINDS : [...KINDS].reverse();

      for (const kind of kinds) round[kind] = await measureKind(kind, count);
      rounds.push(round);
    }
    report(count, rounds);
  }
  for (const child of children) child.kill();
  fs.rmSync(folder, { recursive: true, force: true });
}

main();
