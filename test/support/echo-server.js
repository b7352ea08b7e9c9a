'use strict';

const assert = require('node:assert');

const frames = require('./frames');

/* An echo server under attack, with a connection that is older than it. */
class EchoServer {
  constructor(endpoint, old) {
    this.endpoint = endpoint;
    this.old = old;
    this.count = 0;
  }

  /* Starts it on the transport. */
  static async start(transport, options) {
    const endpoint = await transport.listen(options, (ws) => {
      ws.on('error', () => {});
      ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
    });
    /* An external server must answer what is no upgrade; ours does so. */
    endpoint.httpServer?.on('request', (req, res) => {
      res.writeHead(426).end();
    });
    return new EchoServer(endpoint, await endpoint.upgraded());
  }

  raw() {
    return this.endpoint.raw();
  }

  upgraded(request) {
    return this.endpoint.upgraded(request);
  }

  /* Fails unless the peer's connection echoes. */
  async assertEcho(peer) {
    const token = `token ${this.count++}`;
    peer.write(frames.text(token));
    const frame = await peer.nextFrame();

    assert.ok(frame !== null, 'the connection is gone');
    assert.strictEqual(frame.opcode, frames.TEXT);
    assert.strictEqual(frame.payload.toString(), token);
  }

  /* Fails unless the old connection and a new one echo. */
  async assertAlive() {
    await this.assertEcho(this.old);
    const fresh = await this.upgraded();
    await this.assertEcho(fresh);
    fresh.destroy();
  }
}

/*
 * A test with an echo server that must be alive after it. The body gets the
 * server.
 */
function itSurvives(transport, title, body) {
  it(title, async () => {
    const server = await EchoServer.start(transport);
    await body(server);
    await server.assertAlive();
  });
}

/*
 * Fails unless the server ends the connection with a close frame of one of
 * the codes; gives the frames before it.
 */
async function assertCloses(peer, ...codes) {
  const got = await peer.framesToEnd();
  const last = got.pop();
  peer.end();

  assert.strictEqual(last?.opcode, frames.CLOSE, 'no close frame');
  assert.ok(codes.includes(last.code), `closed with ${last.code}`);
  return got;
}

module.exports = { EchoServer, assertCloses, itSurvives };
