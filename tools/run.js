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
 * being 0 for success. Its stdout is shown line by line as `show` returns it,
 * or whole without `show`. After `limitMs` it is killed: code 'timeout'.
 */
function run(command, args, { env, cwd = root, show, limitMs } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', show ? 'pipe' : 'inherit', 'inherit']
  });
  let stdout = '';
  let shown = 0;
  let isLate = false;

  const showLines = (end) => {
    const lines = stdout.slice(shown, end).split('\n');
    shown = end;
    for (const line of lines) {
      const text = show(line);
      if (text !== undefined) console.log(text);
    }
  };

  child.stdout?.setEncoding('utf8').on('data', (data) => {
    stdout += data;
    const end = stdout.lastIndexOf('\n');
    if (end > shown) showLines(end);
  });

  const timer =
    limitMs &&
    setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
      // A grandchild may hold the pipe open for good.
      child.stdout?.destroy();
    }, limitMs);

  return new Promise((resolve) => {
    child.once('error', (err) => {
      clearTimeout(timer);
      console.error(`${command}: ${err.message}`);
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

/** Says on stderr what nobody should overlook. */
function loud(...lines) {
  const text = lines.map((line) => `***** ${line}\n`).join('');
  process.stderr.write(`*****\n${text}*****\n`);
}

module.exports = { root, isCI, run, mustRun, loud };
