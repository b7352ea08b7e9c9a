'use strict';

const { once } = require('events');
// The reference client: the examples are tested against a foreign peer.
const WebSocket = require('ws');

const open = new Set();

/** A ws client that keeps what it receives, to be taken in order. */
class Peer {
  #received = [];
  #waiting = [];
  #ending = null;

  /**
   * Connects to 127.0.0.1, or to a URL, with the arguments of ws; resolves when
   * open.
   */
  static async connect(address, ...rest) {
    const peer = new Peer(address, ...rest);
    await once(peer.ws, 'open');
    return peer;
  }

  constructor(address, ...rest) {
    const url =
      typeof address === 'number' ? `ws://127.0.0.1:${address}` : address;

    this.ws = new WebSocket(url, ...rest);
    this.closed = new Promise((resolve) => {
      this.ws.on('close', (code, reason) => {
        open.delete(this);
        this.#ending = new Error(`Closed with ${code} ${reason}`);
        for (const { reject } of this.#waiting) reject(this.#ending);
        resolve({ code, reason: String(reason) });
      });
    });
    this.ws.on('error', () => {});
    this.ws.on('message', (data, isBinary) => {
      this.#received.push({ data, isBinary });
      this.#waiting.shift()?.resolve();
    });
    open.add(this);
  }

  /** Resolves with the next { data, isBinary }. */
  async next() {
    if (this.#received.length === 0) {
      if (this.#ending) throw this.#ending;
      await new Promise((resolve, reject) => {
        this.#waiting.push({ resolve, reject });
      });
    }
    return this.#received.shift();
  }

  /** Resolves with the next message as a string. */
  async nextText() {
    return String((await this.next()).data);
  }

  /** Resolves with the next chat frame; skips to one of `type` if given. */
  async nextFrame(type) {
    for (;;) {
      const frame = JSON.parse(await this.nextText());
      if (type === undefined || frame.type === type) return frame;
    }
  }

  send(frame) {
    this.ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Joins the chat; resolves with the welcome or the error. */
  async join(name, token) {
    this.send({ type: 'join', name, token });
    return this.nextFrame();
  }
}

/** Ends every connection still open. To be called after each test. */
function closeAll() {
  for (const peer of open) peer.ws.terminate();
}

module.exports = { Peer, closeAll };
