'use strict';

const { execFile, spawn } = require('child_process');
const { once } = require('events');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { promisify } = require('util');

const WebSocket = require('ws');

const execFileAsync = promisify(execFile);
const root = path.join(__dirname, '..', '..');
const folders = [];

/*
 * The environment as it was before `npm test`: what npm adds for its scripts
 * would lead an npm in another folder back to this one.
 */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([key]) =>
      !/^(CI$|INIT_CWD$|NODE_ENV$|UVWS_|npm_(package|lifecycle|command)|npm_config_(local_prefix|prefix)$)/i.test(
        key
      )
  )
);

/** A folder of its own, outside the repository. removeFolders() ends it. */
function makeFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvws-package-'));
  folders.push(folder);
  return folder;
}

function removeFolders() {
  for (const folder of folders.splice(0)) {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A PATH on which there are npm, node and what their shell scripts need, but no
 * compiler, make or python.
 */
function makeBarePath() {
  const bin = makeFolder();

  for (const name of ['node', 'npm', 'npx', 'sh', 'env', 'sed', 'uname']) {
    const found = process.env.PATH.split(path.delimiter)
      .map((folder) => path.join(folder, name))
      .find((file) => fs.existsSync(file));
    if (found) fs.symlinkSync(found, path.join(bin, name));
  }
  return bin;
}

/** Runs a program and resolves with what it printed; rejects if it fails. */
async function run(command, args, { cwd = root, env } = {}) {
  const { stdout } = await execFileAsync(command, args, {
    cwd,
    env: { ...environment, ...env },
    maxBuffer: 64 * 1024 * 1024
  });
  return stdout;
}

/** Starts a program in a process group; resolves when it printed `pattern`. */
async function start(command, args, { cwd, env, pattern }) {
  const child = spawn(command, args, {
    cwd,
    env: { ...environment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  });
  const ended = once(child, 'close');
  let output = '';

  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));

  const stop = async () => {
    if (child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
  };

  for (;;) {
    const match = pattern.exec(output);
    if (match) return { match, stop };
    const gone = await Promise.race([
      once(child.stdout, 'data').then(() => false),
      ended.then(() => true)
    ]);
    if (gone) throw new Error(`${command} ended:\n${output}`);
  }
}

/** Sends `text` to the WebSocket server at `port`; resolves with its answer. */
async function askEcho(port, text) {
  const ws = new WebSocket(`ws://127.0.0.1:${port}`);
  const answer = once(ws, 'message');

  await once(ws, 'open');
  ws.send(text);
  const [data] = await answer;
  ws.terminate();
  return data.toString();
}

module.exports = {
  askEcho,
  makeBarePath,
  makeFolder,
  removeFolders,
  root,
  run,
  start,
  isSlowWanted: process.env.UVWS_TEST_SLOW === '1'
};
