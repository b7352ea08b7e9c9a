'use strict';

// Starts and ends the measured processes, each on its core.

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');

const LOAD = path.join(__dirname, '../build/load');
const CERTIFICATE = path.join(__dirname, '../build/certificate.pem');
const START_MS = 10000;
const STOP_MS = 2000;
const LOAD_EXTRA_MS = 120000;

const running = new Set();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

// taskset and prlimit replace themselves by the command, so that the child's
// pid is the one to measure.
function launch(command, { core, descriptors, env }) {
  const prefix = [];

  if (descriptors) prefix.push('prlimit', `--nofile=${descriptors}`);
  if (core !== undefined) prefix.push('taskset', '-c', String(core));

  const [file, ...args] = [...prefix, ...command];
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit']
  });

  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

// Whether this machine lets a process have so many descriptors.
function canHaveDescriptors(count) {
  return (
    spawnSync('prlimit', [`--nofile=${count}`, 'true'], { stdio: 'ignore' })
      .status === 0
  );
}

function after(ms, action) {
  const timer = setTimeout(action, ms);

  timer.unref();
  return timer;
}

// The first line that the child prints; rejects when it ends without one.
async function firstLine(child, timeout) {
  const lines = readline.createInterface({ input: child.stdout });
  const timer = after(timeout, () => child.kill('SIGKILL'));
  const ended = once(child, 'close').then(() => [undefined]);

  try {
    const [line] = await Promise.race([once(lines, 'line'), ended]);

    if (line === undefined) throw new Error('ended without a result');
    return line;
  } finally {
    clearTimeout(timer);
  }
}

function environment(server, scenario) {
  return {
    ...server.env,
    MODE: scenario.mode,
    PORT: '0',
    TLS: scenario.tls ? CERTIFICATE : '',
    DEFLATE: scenario.deflate ? '1' : ''
  };
}

// The server runs on the measured core, or on the other one where its client is
// what is measured.
async function startServer(server, scenario, options) {
  const { pin, serverCore, loadCore } = options;
  const child = launch(server.command, {
    core: pin ? (scenario.client ? loadCore : serverCore) : undefined,
    descriptors: scenario.descriptors,
    env: environment(server, scenario)
  });

  return { child, pid: child.pid, port: await firstLine(child, START_MS) };
}

async function stopServer({ child }) {
  if (!running.has(child)) return;

  const exited = once(child, 'exit');
  const timer = after(STOP_MS, () => child.kill('SIGKILL'));

  child.kill('SIGTERM');
  await exited;
  clearTimeout(timer);
}

function timeLimit({ warmup, seconds }) {
  return (warmup + seconds) * 1000 + LOAD_EXTRA_MS;
}

// Runs the load generator to its end and gives what it measured.
async function runLoad({ pid, port }, scenario, options) {
  const [kind, parameters] = scenario.load;
  const all = {
    port,
    pid,
    warmup: options.warmup,
    seconds: options.seconds,
    tls: Number(scenario.tls === true),
    deflate: Number(scenario.deflate === true),
    ...parameters
  };
  const args = Object.entries(all).flatMap(([k, v]) => [`--${k}`, String(v)]);
  const child = launch([LOAD, kind, ...args], {
    core: options.pin ? options.loadCore : undefined
  });

  return JSON.parse(await firstLine(child, timeLimit(options)));
}

// Runs a client program to its end and gives what it measured.
async function runClient({ port }, { client, env }, scenario, options) {
  const { connections, size, depth = 1 } = scenario.client;
  const child = launch(client, {
    core: options.pin ? options.serverCore : undefined,
    env: {
      ...env,
      PORT: port,
      CONNECTIONS: connections,
      SIZE: size,
      DEPTH: depth,
      WARMUP: options.warmup,
      SECONDS: options.seconds
    }
  });

  return JSON.parse(await firstLine(child, timeLimit(options)));
}

module.exports = {
  canHaveDescriptors,
  startServer,
  stopServer,
  runLoad,
  runClient
};
