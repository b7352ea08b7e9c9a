'use strict';

const { spawn } = require('node:child_process');
const path = require('node:path');

const { onRelease } = require('./transports');
const { guard } = require('./wait');

const ENTRY = path.join(__dirname, 'child-kit.js');

/*
 * Another node process that runs a function of the test. The function must
 * stand alone: it gets the kit of child-kit.js and nothing else.
 */
class Child {
  constructor(body, ...args) {
    const call = `(${body})(require(${JSON.stringify(ENTRY)}), ...JSON.parse(${JSON.stringify(JSON.stringify(args))}))`;

    this.reports = [];
    this.stderr = '';
    this.wake = () => {};
    this.process = spawn(process.execPath, ['-e', call], {
      stdio: ['ignore', 'pipe', 'pipe']
    });
    this.#listen();
    onRelease(() => this.process.kill('SIGKILL'));
  }

  #listen() {
    let rest = '';
    this.process.stdout.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      this.reports.push(...lines.map((line) => JSON.parse(line)));
      this.wake();
    });
    this.process.stderr.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve) => {
      this.process.on('close', (code, signal) => {
        this.isOver = true;
        this.wake();
        resolve({ code, signal });
      });
    });
  }

  /* What the child told next with kit.report(). */
  async report() {
    const told = new Promise((resolve, reject) => {
      this.wake = () => {
        if (this.reports.length > 0) {
          // The next report is not for this promise.
          this.wake = () => {};
          resolve(this.reports.shift());
        } else if (this.isOver) reject(new Error(`child died: ${this.stderr}`));
      };
      this.wake();
    });
    return guard(told, 'a report of the child');
  }

  /* Resolves with the exit code and the signal once it is over. */
  exited() {
    return guard(this.ended, 'the end of the child');
  }

  kill(signal) {
    this.process.kill(signal);
  }
}

/* Runs the function in a child to its end; gives all it told. */
async function runChild(body, ...args) {
  const child = new Child(body, ...args);
  const { code, signal } = await child.exited();

  return { code, signal, reports: child.reports, stderr: child.stderr };
}

module.exports = { Child, runChild };
