'use strict';

const { Duplex } = require('node:stream');

function brokenPipe() {
  return Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
}

/* One end of an in-process connection: what it writes, its peer reads. */
class End extends Duplex {
  #peer = null;
  #resume = null;

  constructor() {
    super({ allowHalfOpen: true });
  }

  static join(a, b) {
    a.#peer = b;
    b.#peer = a;
  }

  _read() {
    const resume = this.#resume;
    this.#resume = null;
    if (resume) resume();
  }

  /* Never delivers before the writer's own turn is over, as no network does. */
  _write(chunk, encoding, callback) {
    setImmediate(() => this.#deliver(chunk, callback));
  }

  #deliver(chunk, callback) {
    const peer = this.#peer;

    if (peer.destroyed) {
      callback(brokenPipe());
    } else if (peer.push(Buffer.from(chunk))) {
      callback();
    } else {
      peer.#resume = callback;
    }
  }

  _final(callback) {
    setImmediate(() => {
      if (!this.#peer.destroyed) this.#peer.push(null);
      callback();
    });
  }

  /* As a socket that goes away: the peer reads the end of the stream, and what
   * it still writes fails. */
  _destroy(err, callback) {
    const peer = this.#peer;
    const resume = this.#resume;
    this.#resume = null;
    if (resume) setImmediate(resume, brokenPipe());
    setImmediate(() => {
      if (!peer.destroyed && !peer.readableEnded) peer.push(null);
    });
    callback(err);
  }
}

/* Two streams joined back to back, with back-pressure. */
function duplexPair() {
  const a = new End();
  const b = new End();
  End.join(a, b);
  return [a, b];
}

module.exports = { duplexPair };
