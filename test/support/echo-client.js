'use strict';

const assert = require('node:assert');

const frames = require('./server-frames');
const { nextEvent } = require('./wait');

/* Makes a client send everything back. */
function echo(client) {
  client.on('message', (data, isBinary) => {
    if (client.readyState === 1) client.send(data, { binary: isBinary });
  });
}

/* A client under attack: what it told, and the peer that attacks it. */
class Victim {
  constructor(client, peer) {
    this.client = client;
    this.peer = peer;
    this.errors = [];
    client.on('error', (err) => this.errors.push(err));
    this.closed = nextEvent(client, 'close');
    this.closed.catch(() => {});
    echo(client);
  }

  write(...parts) {
    this.peer.write(...parts);
  }

  /* Fails unless the client sends the text back. */
  async assertEcho(text = 'are you there') {
    this.peer.write(frames.text(text));
    const frame = await this.peer.nextFrame();

    assert.ok(frame !== null, 'the connection is gone');
    assert.strictEqual(frame.payload.toString(), text);
    assert.strictEqual(frame.isMasked, true);
  }

  /*
   * Fails unless the client ends the connection with a close frame of the
   * code, one error of that code, and 1006. Gives the frames before it.
   */
  async assertFails(closeCode, errorCode) {
    const got = await this.peer.framesToEnd();
    const last = got.pop();
    this.peer.end();
    const [code, reason] = await this.closed;

    assert.strictEqual(last?.opcode, frames.CLOSE, 'no close frame');
    assert.strictEqual(last.code, closeCode);
    assert.ok(last.isMasked, 'not masked');
    assert.deepStrictEqual(
      this.errors.map((err) => err.code),
      [errorCode]
    );
    assert.strictEqual(code, 1006);
    assert.strictEqual(reason.length, 0);
    return got;
  }

  /* Fails unless the client answers a close frame and ends without error. */
  async assertCloses(closeCode) {
    const got = await this.peer.framesToEnd();
    const last = got.pop();
    this.peer.end();
    const [code] = await this.closed;

    assert.strictEqual(last?.opcode, frames.CLOSE, 'no close frame');
    assert.strictEqual(last.code, closeCode);
    assert.deepStrictEqual(this.errors, []);
    assert.strictEqual(code, closeCode);
    return got;
  }
}

/* Echoing clients of one hostile server, one of them older than the rest. */
class EchoClients {
  constructor(server) {
    this.server = server;
  }

  static async start(transport) {
    const clients = new EchoClients(await transport.hostile());
    clients.old = await clients.open();
    return clients;
  }

  /* One more client. */
  async open(options, handshake) {
    const client = this.server.client([], options);
    const opened = nextEvent(client, 'open');
    const peer = await this.server.upgraded(handshake);
    const victim = new Victim(client, peer);

    await opened;
    return victim;
  }

  /* Fails unless the old client and a new one echo. */
  async assertAlive() {
    await this.old.assertEcho();
    const fresh = await this.open();
    await fresh.assertEcho();
  }
}

/*
 * A test with clients that must be alive after it. The body gets them, and one
 * that is there to be attacked.
 */
function itSurvives(transport, title, body, options) {
  it(title, async () => {
    const clients = await EchoClients.start(transport);
    await body(await clients.open(options), clients);
    await clients.assertAlive();
  });
}

module.exports = { EchoClients, itSurvives };
