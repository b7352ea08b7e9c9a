'use strict';

const { spawn } = require('child_process');
const { once } = require('events');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');

const { guard } = require('../support/wait');

const running = new Set();

/** A redis-server of its own, on a unix socket; it can be started again. */
class RedisServer {
  #args;
  #child = null;
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvws-redis-'));

  /** @param {String[]} [args] More arguments of redis-server */
  constructor(args = []) {
    this.#args = args;
    this.path = path.join(this.#folder, 'socket');
  }

  /** Starts it; resolves when it accepts connections. */
  async start() {
    this.#child = spawn(
      'redis-server',
      [
        ...['--port', '0', '--save', '', '--appendonly', 'no'],
        ...['--dir', this.#folder, '--unixsocket', this.path],
        ...this.#args
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] }
    );
    running.add(this);
    await guard(this.#accepts(), 'redis-server');
  }

  /** Ends it at once, as if the machine were gone. */
  async kill() {
    if (this.#child === null) return;
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGCONT');
    this.#child.kill('SIGKILL');
    this.#child = null;
    running.delete(this);
    await ended;
  }

  /** Makes it stop answering, with its connections open. */
  pause() {
    this.#child.kill('SIGSTOP');
  }

  resume() {
    this.#child.kill('SIGCONT');
  }

  /** Sends one command; resolves with what it answers, as it came. */
  async ask(...args) {
    const socket = net.connect(this.path);
    let answer = '';

    socket.setEncoding('utf8').on('data', (data) => (answer += data));
    socket.write(`${args.join(' ')}\r\nQUIT\r\n`);
    await guard(once(socket, 'close'), 'an answer of redis-server');
    return answer.replace(/\+OK\r\n$/, '');
  }

  /**
   * Resolves with how many subscribe to each of the channels.
   *
   * @param {String} command `NUMSUB` or `SHARDNUMSUB`
   * @param {String[]} channels The channels
   * @return {Promise<Number[]>} The numbers, in the channels' order
   */
  async countSubscribers(command, channels) {
    const answer = await this.ask('PUBSUB', command, ...channels);
    return [...answer.matchAll(/^:(\d+)/gm)].map(([, count]) => Number(count));
  }

  #accepts() {
    const { stdout } = this.#child;
    let output = '';

    return new Promise((resolve, reject) => {
      stdout.setEncoding('utf8').on('data', (data) => {
        output += data;
        if (/ready to accept connections/i.test(output)) resolve();
      });
      stdout.on('end', () => reject(new Error(output)));
    });
  }
}

/** Ends every server still running. To be called after each test. */
async function killAll() {
  await Promise.all([...running].map((server) => server.kill()));
}

process.once('exit', () => {
  for (const server of running) server.kill();
});

module.exports = { RedisServer, killAll };
