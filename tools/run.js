'use strict';

/*
 * Child processes and messages for the other tools. Like bootstrap.js it must
 * run from a bare clone, so it uses nothing but Node's own modules.
 */

const { spawn } = require('child_process');
const path = require('path');

const root = path.join(__dirname, '..');
const isCI = process.env.CI === 'true';

/**
 * Runs a program in the repository and resolves with { code, stdout }, code
 * being 0 for success. What it prints goes to this program's own streams, or
 * as text to `output`; with `show`, its stdout only line by line as `show`
 * returns it. After `limitMs` it is killed: code 'timeout'.
 */
function run(command, args, { env, cwd = root, show, output, limitMs } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [
      'ignore',
      show || output ? 'pipe' : 'inherit',
      output ? 'pipe' : 'inherit'
    ]
  });
  const print = output ?? ((text) => process.stdout.write(text));
  let stdout = '';
  let shown = 0;
  let isLate = false;

  const showLines = (end) => {
    const lines = stdout.slice(shown, end).split('\n');
    shown = end + 1;
    for (const line of lines) {
      const text = show(line);
      if (text !== undefined) print(`${text}\n`);
    }
  };

  child.stderr?.setEncoding('utf8').on('data', print);
  child.stdout?.setEncoding('utf8').on('data', (data) => {
    if (!show) return print(data);
    stdout += data;
    const end = stdout.lastIndexOf('\n');
    if (end > shown) showLines(end);
  });

  const timer =
    limitMs &&
    setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
      // A grandchild may hold the pipes open for good.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, limitMs);

  return new Promise((resolve) => {
    child.once('error', (err) => {
      clearTimeout(timer);
      print(`${command}: ${err.message}\n`);
      resolve({ code: 'error', stdout });
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (show && stdout.length > shown) showLines(stdout.length);
      resolve({ code: isLate ? 'timeout' : (code ?? signal), stdout });
    });
  });
}

/** As run(), but throws unless the program succeeds. */
async function mustRun(command, args, options) {
  const { code } = await run(command, args, options);
  if (code === 0) return;
  throw new Error(`${[command, ...args].join(' ')} failed (${code})`);
}

/** Lines as nobody should overlook them. */
function loud(...lines) {
  const text = lines.map((line) => `***** ${line}\n`).join('');
  return `*****\n${text}*****`;
}

module.exports = { root, isCI, run, mustRun, loud };
