'use strict';

// Resident memory over time, with compression on: clients come, exchange
// compressed messages by the clock, go, and come again. Writes CSV (server,
// seconds, bytes) to standard output or to `--csv FILE`.
//
//   node memory.js [--servers ws,uvws] [--cycles 3] [--seconds 8]
//     [--pause 3] [--connections 200] [--rate 2000] [--csv FILE]

const fs = require('node:fs');
const { parseArgs } = require('node:util');

const { build } = require('./driver/build');
const { startServer, stopServer, runLoad } = require('./driver/processes');
const { servers } = require('./driver/servers');

const PAGE_BYTES = 4096;
const SAMPLE_MS = 200;

const flags = {
  servers: { type: 'string', default: 'ws,uvws,bun' },
  cycles: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '8' },
  pause: { type: 'string', default: '3' },
  connections: { type: 'string', default: '200' },
  rate: { type: 'string', default: '2000' },
  csv: { type: 'string' }
};

function residentBytes(pid) {
  const [, pages] = fs.readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');

  return Number(pages) * PAGE_BYTES;
}

function sleep(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1e3));
}

async function exercise(started, scenario, { cycles, pause, ...options }) {
  await sleep(pause / 2);
  for (let i = 0; i < cycles; i++) {
    await runLoad(started, scenario, options);
    await sleep(pause);
  }
}

async function observe(server, scenario, options) {
  const started = await startServer(server, scenario, options);
  const begun = performance.now();
  const samples = [];
  const timer = setInterval(() => {
    samples.push({
      server: server.name,
      seconds: (performance.now() - begun) / 1e3,
      rss: residentBytes(started.pid)
    });
  }, SAMPLE_MS);

  try {
    await exercise(started, scenario, options);
  } finally {
    clearInterval(timer);
    await stopServer(started);
  }
  return samples;
}

function toCsv(samples) {
  const lines = samples.map(
    ({ server, seconds, rss }) => `${server},${seconds.toFixed(2)},${rss}`
  );

  return `${['server,seconds,rss', ...lines].join('\n')}\n`;
}

async function main() {
  const { values } = parseArgs({ options: flags });
  const number = (name) => Number(values[name]);
  const load = {
    size: 1024,
    type: 'json',
    connections: number('connections'),
    rate: number('rate')
  };
  const scenario = { mode: 'echo', deflate: true, load: ['echo', load] };
  const options = {
    pin: true,
    serverCore: 0,
    loadCore: 1,
    warmup: 0,
    seconds: number('seconds'),
    cycles: number('cycles'),
    pause: number('pause')
  };
  const samples = [];

  build();
  for (const name of values.servers.split(',')) {
    const server = servers.find((entry) => entry.name === name);

    samples.push(...(await observe(server, scenario, options)));
  }
  fs.writeFileSync(values.csv ?? process.stdout.fd, toCsv(samples));
}

main().catch((err) => {
  console.error(err.message);
  process.exitCode = 1;
});
