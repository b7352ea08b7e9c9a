'use strict';

const path = require('node:path');
const { Worker } = require('node:worker_threads');

const { onRelease } = require('../support/transports');
const { guard } = require('../support/wait');

const KIT = path.join(__dirname, '../support/child-kit.js');

/*
 * A worker thread that runs a function of the test. The function must stand
 * alone: it gets the kit of child-kit.js, whose report() tells the test a
 * value here too.
 */
class TestWorker {
  constructor(body, ...args) {
    const code = `
      const { parentPort } = require('node:worker_threads');
      const kit = {
        ...require(${JSON.stringify(KIT)}),
        report: (value) => parentPort.postMessage(value)
      };
      (${body})(kit, ...${JSON.stringify(args)});`;

    this.reports = [];
    this.wake = () => {};
    this.thread = new Worker(code, { eval: true, stderr: true });
    this.thread.on('message', (value) => {
      this.reports.push(value);
      this.wake();
    });
    this.exited = new Promise((resolve) => this.thread.on('exit', resolve));
    this.failed = new Promise((resolve) => this.thread.on('error', resolve));
    onRelease(() => this.terminate());
  }

  /* What the worker told next. */
  report() {
    const told = new Promise((resolve) => {
      this.wake = () => {
        if (this.reports.length > 0) {
          this.wake = () => {};
          resolve(this.reports.shift());
        }
      };
      this.wake();
    });
    return guard(told, 'a report of the worker');
  }

  async terminate() {
    await guard(this.thread.terminate(), 'the end of the worker');
  }
}

module.exports = { TestWorker };
