'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { upgradeRequest } = require('../support/raw-client');
const {
  forEachTransport,
  releaseAll,
  transports
} = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, turns, until } = require('../support/wait');

/* Closes a connection by hand with a code. */
async function closeWith({ ws, peer }, code) {
  const closed = nextEvent(ws, 'close');

  peer.write(frames.close(code));
  await peer.ended();
  peer.destroy();
  await closed;
}

describe('the statistics of a server', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('begin with nothing', async () => {
      const { wss } = await transport.listen();

      assert.deepStrictEqual(wss.stats(), {
        connections: 0,
        handshakes: { accepted: 0, refused: {}, undecided: 0 },
        messages: { received: 0, sent: 0 },
        payload: { received: 0, sent: 0 },
        bytes: { received: 0, sent: 0 },
        queuedBytes: 0,
        compression: { before: 0, after: 0, ratio: 1 },
        silent: 0,
        closes: {},
        errors: {}
      });
    });

    it('count connections, messages and bytes', async () => {
      const { endpoint, wss, peer, ws } = await transport.open();
      const message = nextEvent(ws, 'message');
      const other = await endpoint.accepted();
      const { bytes } = wss.stats();

      peer.write(frames.text('four'));
      await message;
      ws.send('to one');
      await peer.nextFrame();
      wss.broadcast('to all');
      await Promise.all([peer.nextFrame(), other.peer.nextFrame()]);
      const stats = wss.stats();

      assert.strictEqual(stats.connections, 2);
      assert.strictEqual(stats.handshakes.accepted, 2);
      assert.deepStrictEqual(stats.messages, { received: 1, sent: 3 });
      assert.deepStrictEqual(stats.payload, { received: 4, sent: 18 });
      assert.strictEqual(stats.bytes.received - bytes.received, 2 + 4 + 4);
      assert.strictEqual(stats.bytes.sent - bytes.sent, 3 * (2 + 6));
    });

    it('count closes by code', async () => {
      const endpoint = await transport.listen();

      await closeWith(await endpoint.accepted(), 1000);
      await closeWith(await endpoint.accepted(), 4321);
      await closeWith(await endpoint.accepted(), 1000);
      const { ws, peer } = await endpoint.accepted();
      const closed = nextEvent(ws, 'close');
      peer.reset();
      await closed;
      const { closes, connections, handshakes } = endpoint.wss.stats();

      assert.deepStrictEqual(closes, { 1000: 2, 1006: 1, 4321: 1 });
      assert.strictEqual(connections, 0);
      assert.strictEqual(handshakes.accepted, 4);
    });

    it('count errors by code', async () => {
      const endpoint = await transport.listen();

      for (const bytes of [
        frames.frame(3, ''),
        frames.text(Buffer.from([0xff])),
        frames.text('x', { mask: false }),
        frames.text('y', { mask: false })
      ]) {
        const { ws, peer } = await endpoint.accepted();
        const failed = nextEvent(ws, 'error');
        const closed = nextEvent(ws, 'close');
        peer.write(bytes);
        await failed;
        await peer.ended();
        peer.destroy();
        await closed;
      }
      const { closes, errors } = endpoint.wss.stats();

      assert.deepStrictEqual(errors, {
        WS_ERR_EXPECTED_MASK: 2,
        WS_ERR_INVALID_OPCODE: 1,
        WS_ERR_INVALID_UTF8: 1
      });
      assert.deepStrictEqual(closes, { 1006: 4 });
    });

    it('count refusals by their status', async () => {
      const endpoint = await transport.listen({
        path: '/in',
        maxConnections: 1,
        authenticate(req, reject) {
          if (req.headers['x-who'] === 'fool') throw new Error('own');
          return req.headers['x-who'] ?? reject(403);
        }
      });
      const good = { path: '/in', headers: { 'X-Who': 'ada' } };

      for (const request of [
        { path: '/out' },
        { path: '/in', headers: { 'Sec-WebSocket-Key': 'bad' } },
        { path: '/in', method: 'DELETE' },
        { path: '/in', headers: { 'Sec-WebSocket-Version': '7' } },
        { path: '/in' },
        { path: '/in', headers: { 'X-Who': 'fool' } },
        good,
        good
      ]) {
        const peer = await endpoint.raw();
        peer.write(upgradeRequest(request));
        await peer.readHead();
      }
      endpoint.wss.options.maxConnections = 2;
      endpoint.wss.options.verifyClient = () => false;
      const last = await endpoint.raw();
      last.write(upgradeRequest(good));
      await last.readHead();

      assert.deepStrictEqual(endpoint.wss.stats().handshakes, {
        accepted: 1,
        refused: { 400: 3, 401: 1, 403: 1, 405: 1, 500: 1, 503: 1 },
        undecided: 0
      });
    });

    it('tell of handshakes that are not decided', async () => {
      const answers = [];
      const endpoint = await transport.listen({
        authenticate: () => new Promise((resolve) => answers.push(resolve))
      });
      const peers = [await endpoint.raw(), await endpoint.raw()];
      for (const peer of peers) peer.write(upgradeRequest());
      await until(() => answers.length === 2, 'both questions');

      assert.strictEqual(endpoint.wss.stats().handshakes.undecided, 2);
      answers.pop()('user');
      await turns(2);
      assert.strictEqual(endpoint.wss.stats().handshakes.undecided, 1);
      peers.forEach((peer) => peer.reset());
      answers.pop()(null);
      await turns(2);
      assert.strictEqual(endpoint.wss.stats().handshakes.undecided, 0);

      endpoint.wss.options.verifyClient = ({ req }, cb) =>
        answers.push(() => cb(false, 403, req.url));
      const last = await endpoint.raw();
      last.write(upgradeRequest());
      await until(() => answers.length === 1, 'the question');
      assert.strictEqual(endpoint.wss.stats().handshakes.undecided, 1);
      answers.pop()();
      await last.ended();
      last.destroy();
      await until(
        () => endpoint.wss.stats().handshakes.undecided === 0,
        'the decision'
      );
    });

    it('tell what compression saves', async () => {
      const endpoint = await transport.listen({ perMessageDeflate: true });
      const { ws, client } = await endpoint.connected('/', [], {
        perMessageDeflate: true
      });
      const message = nextEvent(client, 'message');
      ws.send('la'.repeat(2000));
      await message;
      const { compression } = endpoint.wss.stats();

      assert.strictEqual(compression.before, 4000);
      assert.ok(compression.after > 0 && compression.after < 400);
      assert.strictEqual(
        compression.ratio,
        compression.after / compression.before
      );
    });

    it('tell who was silent', async () => {
      const endpoint = await transport.listen({ heartbeatInterval: 10 });
      const { ws } = await endpoint.accepted();

      await nextEvent(ws, 'close');
      const { closes, silent } = endpoint.wss.stats();

      assert.strictEqual(silent, 1);
      assert.deepStrictEqual(closes, { 1006: 1 });
    });

    it('tell what waits to be written', async () => {
      const { ws, wss, peer } = await transport.open();
      peer.socket.pause();
      for (let i = 0; i < 64; i++) ws.send(Buffer.alloc(1024 * 1024));
      assert.ok(wss.stats().queuedBytes > 1024 * 1024);
      const closed = nextEvent(ws, 'close');
      ws.terminate();
      await closed;
      await until(() => wss.stats().queuedBytes === 0, 'its end');
    });
  });

  after(releaseAll);

  it('are still there when the server is closed', async () => {
    const endpoint = await transports.port.listen();
    const { wss } = endpoint;
    await closeWith(await endpoint.accepted(), 1000);
    await wss.close({});
    assert.deepStrictEqual(wss.stats().closes, { 1000: 1 });
  });
});
