'use strict';

const { EventEmitter } = require('events');
const WebSocket = require('uvws');

const QUEUE_MAX = 100;

/**
 * A connection that comes back: it waits longer after each failure, sends then
 * what was to be sent meanwhile, and notices a server that has gone silent.
 *
 * Events: 'open', 'message' (text), 'away' (reason, ms until the next attempt).
 */
class Connection extends EventEmitter {
  #url;
  #options;
  #websocket = null;
  #queue = [];
  #attempt = 0;
  #timer = null;
  #isLeaving = false;

  constructor(url, options = {}) {
    super();
    this.#url = url;
    this.#options = {
      firstDelayMs: 500,
      maxDelayMs: 15000,
      heartbeatMs: 15000,
      ...options
    };
    this.#connect();
  }

  /** Sends a text, now or once there is a connection again. */
  send(text) {
    if (this.#websocket?.readyState === WebSocket.OPEN) {
      this.#websocket.send(text);
      return;
    }
    this.#queue.push(text);
    if (this.#queue.length > QUEUE_MAX) this.#queue.shift();
  }

  /** Leaves for good. */
  close() {
    this.#isLeaving = true;
    clearTimeout(this.#timer);
    this.#websocket.close(1000);
  }

  #connect() {
    const websocket = new WebSocket(this.#url, { handshakeTimeout: 10000 });
    let failure = '';

    this.#websocket = websocket;
    websocket.on('open', () => this.#onOpen(websocket));
    websocket.on('message', (data) => this.emit('message', String(data)));
    websocket.on('error', (err) => {
      failure = err.message;
    });
    websocket.on('close', (code, reason) => {
      this.#onClose(failure || `${code} ${reason}`.trim());
    });
  }

  #onOpen(websocket) {
    this.#attempt = 0;
    this.#watch(websocket);
    for (const text of this.#queue.splice(0)) websocket.send(text);
    this.emit('open');
  }

  // A dead network tells nothing: only a pong that stays out does.
  #watch(websocket) {
    let isAlive = true;
    const heartbeat = setInterval(() => {
      if (!isAlive) websocket.terminate();
      isAlive = false;
      if (websocket.readyState === WebSocket.OPEN) websocket.ping();
    }, this.#options.heartbeatMs);

    websocket.on('pong', () => {
      isAlive = true;
    });
    websocket.on('close', () => clearInterval(heartbeat));
  }

  // The chance in it keeps a thousand clients from coming back all at once.
  #onClose(reason) {
    if (this.#isLeaving) return;

    const { firstDelayMs, maxDelayMs } = this.#options;
    const delay = Math.min(firstDelayMs * 2 ** this.#attempt++, maxDelayMs);
    const wait = Math.round(delay * (0.5 + Math.random() / 2));

    this.#timer = setTimeout(() => this.#connect(), wait);
    this.emit('away', reason, wait);
  }
}

module.exports = Connection;
