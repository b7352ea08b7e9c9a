'use strict';

/*
 * Opens and closes connections in every way, and watches the server's memory,
 * descriptors and handles: they must stay where they were.
 *
 *   npm run soak                              20,000 connections
 *   npm run soak -- --connections 1000000     the long run
 *   npm run soak -- --out doc/soak            also <out>.csv and <out>.svg
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { draw } = require('./chart');
const { liveMany } = require('./load');

const SAMPLES = 50;
const WARM_UP = 0.2; /* of the run: buffers, pools and code come to be */
const GROWTH_MAX = 1.1;
const SETTLE_TURNS = 200;

async function ask(server) {
  const answer = once(server, 'message');
  server.send('measure');
  return (await answer)[0];
}

/* The next sample, once the server has seen the ends of all connections. */
async function takeSample(server, connections) {
  let sample;
  for (let i = 0; i < SETTLE_TURNS; i++) {
    sample = await ask(server);
    if (sample.clients === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { connections, ...sample };
}

/* The level between two shares of the run. */
function levelOf(samples, name, from, to) {
  const part = samples
    .slice(Math.floor(from * samples.length), Math.ceil(to * samples.length))
    .map((sample) => sample[name])
    .sort((a, b) => a - b);
  return part[Math.floor(part.length / 2)];
}

/* What has grown and should not have, as sentences. */
function judge(samples) {
  const faults = [];
  const warm = samples[Math.floor(WARM_UP * samples.length)];
  const last = samples.at(-1);

  for (const name of ['rss', 'heapUsed']) {
    const early = levelOf(samples, name, WARM_UP, WARM_UP + 0.1);
    const late = levelOf(samples, name, 0.9, 1);
    console.log(
      `${name}: ${early} bytes after the warm-up, ${late} at the end`
    );
    if (late > early * GROWTH_MAX) faults.push(`${name} has grown`);
  }
  for (const name of ['descriptors', 'handles', 'clients', 'buffered']) {
    console.log(
      `${name}: ${warm[name]} after the warm-up, ${last[name]} at last`
    );
    if (last[name] > warm[name]) faults.push(`${name} are left`);
  }
  return faults;
}

function write(out, samples) {
  const names = Object.keys(samples[0]);
  const rows = samples.map((sample) => names.map((name) => sample[name]));
  const total = samples.at(-1).connections.toLocaleString('en');

  fs.mkdirSync(path.dirname(out), { recursive: true });
  fs.writeFileSync(`${out}.csv`, `${[names, ...rows].join('\n')}\n`);
  fs.writeFileSync(
    `${out}.svg`,
    draw(samples, `${total} connections, opened and closed`)
  );
}

async function main() {
  const { values } = parseArgs({
    options: {
      connections: { type: 'string', default: '20000' },
      concurrency: { type: 'string', default: '50' },
      out: { type: 'string' }
    }
  });
  const total = Number(values.connections);
  const server = fork(path.join(__dirname, 'server.js'), {
    execArgv: ['--expose-gc']
  });
  const [ports] = await once(server, 'message');
  const samples = [await takeSample(server, 0)];

  server.once('exit', (code, signal) => {
    console.error(`the server ended: ${code ?? signal}`);
    process.exit(1);
  });
  for (let i = 0; i < SAMPLES; i++) {
    const from = Math.round((i * total) / SAMPLES);
    const to = Math.round(((i + 1) * total) / SAMPLES);
    await liveMany(ports, from, to, Number(values.concurrency));
    samples.push(await takeSample(server, to));
    console.log(JSON.stringify(samples.at(-1)));
  }
  server.removeAllListeners('exit');
  server.disconnect();

  if (values.out) write(values.out, samples);
  const faults = judge(samples);
  for (const fault of faults) console.error(`not ok - ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
  else console.log(`ok - ${total} connections left nothing behind`);
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
