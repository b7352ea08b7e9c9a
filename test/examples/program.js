'use strict';

const { spawn } = require('child_process');
const { once } = require('events');
const path = require('path');

const root = path.join(__dirname, '..', '..');
const alias = path.join(__dirname, 'alias.js');
const implementation = process.env.UVWS_IMPL || 'uvws';
const running = new Set();

/** One example or lesson, running as a process of its own. */
class Program {
  output = '';
  errors = '';
  #child;
  #exit;

  /** Starts a script, named from the top of the repository. */
  constructor(script, options = {}) {
    const { port = 0, args = [], flags = [], env = {}, hasInput } = options;
    const preload = implementation === 'uvws' ? [] : ['-r', alias];
    const command = [...flags, ...preload, script, ...args];

    this.#child = spawn(process.execPath, command, {
      cwd: root,
      env: {
        ...process.env,
        UVWS_IMPL: implementation,
        HOST: '127.0.0.1',
        PORT: String(port),
        ...env
      },
      stdio: [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe']
    });
    this.#child.stdout.on('data', (data) => (this.output += data));
    this.#child.stderr.on('data', (data) => (this.errors += data));
    this.#exit = once(this.#child, 'close').then(([code, signal]) => {
      running.delete(this);
      return { code, signal };
    });
    running.add(this);
  }

  /** Resolves with the match of what the program prints, now or later. */
  async prints(pattern) {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (!running.has(this)) {
        throw new Error(`The program ended:\n${this.output}${this.errors}`);
      }
      await Promise.race([once(this.#child.stdout, 'data'), this.#exit]);
    }
  }

  /** Resolves with the port from the line "... localhost:PORT". */
  async listening() {
    const [, port] = await this.prints(/localhost:(\d+)/);
    return Number(port);
  }

  /** Types a text, or with null the end of all input: needs `hasInput`. */
  type(text) {
    if (text === null) this.#child.stdin.end();
    else this.#child.stdin.write(text);
  }

  /** Sends a signal that need not end the program. */
  signal(name) {
    this.#child.kill(name);
  }

  /** Sends a signal and resolves with { code, signal } when it has ended. */
  stop(signal = 'SIGTERM') {
    this.#child.kill(signal);
    return this.#exit;
  }

  /** Resolves with { code, signal } when the program ends by itself. */
  ended() {
    return this.#exit;
  }
}

/** Ends, at once, every program still running. To be called after each test. */
async function stopAll() {
  await Promise.all([...running].map((program) => program.stop('SIGKILL')));
}

// A test run that is broken off must not leave processes behind.
process.once('exit', () => {
  for (const program of running) program.stop('SIGKILL');
});

module.exports = { Program, implementation, stopAll };
