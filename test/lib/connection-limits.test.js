'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { WebSocket, WebSocketServer } = require('../support/implementation');
const { upgradeRequest } = require('../support/raw-client');
const { TCP, forEachTransport } = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  guard,
  nextEvent,
  turns,
  uncaught,
  until
} = require('../support/wait');

const BUSY = /^HTTP\/1.1 503 Service Unavailable\r\n/;
const TOO_MANY = /^HTTP\/1.1 429 Too Many Requests\r\n/;
const ACCEPTED = /^HTTP\/1.1 101 /;

/* How the server answers one more client. */
async function knock(endpoint, request) {
  const peer = await endpoint.raw();
  return { peer, head: await peer.upgrade(request) };
}

/* Makes some connections, one after the other, that the server ends at once. */
async function connectDying(endpoint) {
  for (let i = 0; i < 5; i++) {
    const connection = nextEvent(endpoint.wss, 'connection');
    const peer = await endpoint.raw();
    peer.write(upgradeRequest());
    const [ws] = await connection;
    await until(() => ws.readyState === ws.CLOSED, 'the close');
    peer.destroy();
  }
}

/* Fails unless the server has just so many places left. */
async function assertPlaces(endpoint, count) {
  const peers = [];

  for (let i = 0; i < count; i++) peers.push(await endpoint.upgraded());
  assert.match((await knock(endpoint)).head, BUSY);
  for (const peer of peers) peer.destroy();
  await until(() => endpoint.wss.clients.size === 0, 'the end of all');
}

describe('the limits of a server', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('refuses one connection too many with 503', async () => {
      const endpoint = await transport.listen({ maxConnections: 2 });
      const peers = [await endpoint.upgraded(), await endpoint.upgraded()];
      const { peer, head } = await knock(endpoint);

      assert.match(head, BUSY);
      assert.match(head, /\r\nConnection: close\r\n/);
      assert.strictEqual(
        (await peer.readToEnd()).toString(),
        'Service Unavailable'
      );
      assert.strictEqual(endpoint.wss.clients.size, 2);
      peers[0].write(frames.ping('still here'));
      assert.strictEqual((await peers[0].nextFrame()).opcode, frames.PONG);
    });

    it('gives the place of each that goes to the next', async () => {
      const endpoint = await transport.listen({ maxConnections: 1 });

      for (const leave of ['destroy', 'reset', 'end']) {
        const { ws, peer } = await endpoint.accepted();
        const closed = nextEvent(ws, 'close');
        assert.match((await knock(endpoint)).head, BUSY);
        peer[leave]();
        await closed;
      }
      for (const leave of ['terminate', 'close']) {
        const { ws, peer } = await endpoint.accepted();
        const closed = nextEvent(ws, 'close');
        ws[leave]();
        await peer.nextFrame();
        peer.destroy();
        await closed;
      }
      await assertPlaces(endpoint, 1);
    });

    it('counts who dies while it is made', async () => {
      class Dying extends WebSocket {
        constructor(...args) {
          super(...args);
          this.once('open', () => this.terminate());
        }
      }
      const endpoint = await transport.listen({
        maxConnections: 2,
        WebSocket: Dying
      });
      await connectDying(endpoint);
      endpoint.wss.options.WebSocket = WebSocket;
      await assertPlaces(endpoint, 2);
    });

    it('counts who dies in the event of its connection', async () => {
      const endpoint = await transport.listen({ maxConnections: 2 });
      let isDying = true;
      endpoint.wss.on('connection', (ws) => {
        if (isDying) ws.terminate();
      });
      await connectDying(endpoint);
      isDying = false;
      await assertPlaces(endpoint, 2);
    });

    it('counts none that was refused for another reason', async () => {
      const endpoint = await transport.listen({
        maxConnections: 1,
        path: '/here',
        authenticate: () => false
      });
      for (const request of [
        { path: '/there' },
        { path: '/here' },
        { path: '/here', headers: { 'Sec-WebSocket-Key': 'x' } },
        { path: '/here', headers: { 'Sec-WebSocket-Protocol': 'a,,b' } }
      ]) {
        for (let i = 0; i < 2; i++) {
          const { head } = await knock(endpoint, request);
          assert.match(head, /^HTTP\/1.1 40[01] /);
        }
      }
      endpoint.wss.options.authenticate = () => true;
      assert.match((await knock(endpoint, { path: '/here' })).head, ACCEPTED);
    });

    it('counts a handshake that the application still judges', async () => {
      const pending = [];
      const endpoint = await transport.listen({
        maxConnections: 1,
        verifyClient: (info, cb) => pending.push(cb)
      });
      const slow = await endpoint.raw();
      slow.write(upgradeRequest());
      await until(() => pending.length === 1, 'the question');
      assert.match((await knock(endpoint)).head, BUSY);
      slow.reset();
      await turns(3);
      pending.shift()(true);
      await turns(3);

      const next = await endpoint.raw();
      next.write(upgradeRequest());
      await until(() => pending.length === 1, 'the next question');
      pending.shift()(false);
      assert.match(await next.readHead(), /^HTTP\/1.1 401 /);
      endpoint.wss.options.verifyClient = null;
      await assertPlaces(endpoint, 1);
    });

    it('holds without the tracking of clients', async () => {
      const endpoint = await transport.listen({
        clientTracking: false,
        maxConnections: 1
      });
      const { ws, peer } = await endpoint.accepted();
      assert.match((await knock(endpoint)).head, BUSY);
      const closed = nextEvent(ws, 'close');
      peer.destroy();
      await closed;
      assert.match((await knock(endpoint)).head, ACCEPTED);
    });

    it('may be changed while it runs', async () => {
      const endpoint = await transport.listen({ maxConnections: 1 });
      await endpoint.upgraded();
      endpoint.wss.options.maxConnections = 2;
      await endpoint.upgraded();
      assert.match((await knock(endpoint)).head, BUSY);
      endpoint.wss.options.maxConnections = 0;
      assert.match((await knock(endpoint)).head, ACCEPTED);
    });

    it('survives a flood', async () => {
      const endpoint = await transport.listen({ maxConnections: 5 });
      const answers = await Promise.all(
        Array.from({ length: 60 }, () => knock(endpoint))
      );
      const accepted = answers.filter(({ head }) => ACCEPTED.test(head));
      assert.strictEqual(accepted.length, 5);
      assert.ok(
        answers.every(({ head }) => ACCEPTED.test(head) || BUSY.test(head))
      );
      for (const { peer } of answers) peer.destroy();
      await until(() => endpoint.wss.clients.size === 0, 'the end of all');
      await assertPlaces(endpoint, 5);
    });

    it('counts by whatever the application names', async () => {
      const endpoint = await transport.listen({
        maxConnectionsPerAddress: 1,
        addressOf: (req) => req.headers['x-forwarded-for']
      });
      const from = (address) =>
        knock(endpoint, { headers: { 'X-Forwarded-For': address } });
      const first = await from('192.0.2.1');

      assert.match(first.head, ACCEPTED);
      assert.match((await from('192.0.2.1')).head, TOO_MANY);
      assert.match((await from('192.0.2.2')).head, ACCEPTED);
      assert.match((await from(undefined)).head, ACCEPTED);
      assert.match((await from(undefined)).head, ACCEPTED);
      const closed = nextEvent([...endpoint.wss.clients][0], 'close');
      first.peer.destroy();
      await closed;
      assert.match((await from('192.0.2.1')).head, ACCEPTED);
    });

    it('drops the client about whom the application throws', async () => {
      for (const look of [() => {}, (req) => req.socket.remotePort]) {
        let isThrowing = true;
        const endpoint = await transport.listen({
          maxConnectionsPerAddress: 1,
          addressOf: (req) => {
            look(req);
            if (isThrowing) throw new Error('of the application');
            return 'x';
          }
        });
        const thrown = uncaught();
        const peer = await endpoint.raw();
        peer.write(upgradeRequest());

        assert.strictEqual((await thrown).message, 'of the application');
        assert.strictEqual((await peer.readToEnd()).length, 0);
        isThrowing = false;
        assert.match((await knock(endpoint)).head, ACCEPTED);
      }
    });
  });

  forEachTransport(
    (transport) => {
      it('refuses one connection too many of an address with 429', async () => {
        const endpoint = await transport.listen({
          maxConnections: 3,
          maxConnectionsPerAddress: 2
        });
        await endpoint.upgraded();
        const { ws, peer } = await endpoint.accepted();
        assert.match((await knock(endpoint)).head, TOO_MANY);
        const closed = nextEvent(ws, 'close');
        peer.destroy();
        await closed;
        assert.match((await knock(endpoint)).head, ACCEPTED);
        assert.match((await knock(endpoint)).head, TOO_MANY);
      });
    },
    [...TCP, 'https']
  );

  forEachTransport(
    (transport) => {
      it('knows no address of a stream that has none', async () => {
        const endpoint = await transport.listen({
          maxConnectionsPerAddress: 1
        });
        await endpoint.upgraded();
        assert.match((await knock(endpoint)).head, ACCEPTED);
      });
    },
    ['duplex']
  );

  it('judges the options', () => {
    for (const name of [
      'maxConnections',
      'maxConnectionsPerAddress',
      'handshakeTimeout'
    ]) {
      for (const [value, type] of [
        [-1, RangeError],
        [1.5, RangeError],
        [NaN, RangeError],
        [Infinity, RangeError],
        ['1', TypeError],
        [true, TypeError]
      ]) {
        assert.throws(
          () => new WebSocketServer({ noServer: true, [name]: value }),
          { name: type.name, message: new RegExp(`"${name}"`) }
        );
      }
    }
    for (const name of ['addressOf', 'authenticate']) {
      assert.throws(() => new WebSocketServer({ noServer: true, [name]: {} }), {
        name: 'TypeError',
        message: `The "${name}" option must be a function`
      });
    }
    new WebSocketServer({ noServer: true, maxConnections: null });
  });
});

describe('the handshake timeout of a server', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport(
    (transport) => {
      it('drops who does not finish the request', async () => {
        const endpoint = await transport.listen({ handshakeTimeout: 20 });
        const request = upgradeRequest();

        for (const length of [0, 1, request.length - 1]) {
          const peer = await endpoint.raw();
          peer.write(request.slice(0, length));
          assert.match(await peer.readHead(), /^HTTP\/1.1 408 /);
          await peer.ended();
        }
      });

      it('drops who does not finish another request', async () => {
        const endpoint = await transport.listen({ handshakeTimeout: 20 });
        const peer = await endpoint.raw();
        peer.write(
          'OPTIONS / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n'
        );
        assert.match(await peer.readHead(), /^HTTP\/1.1 (408|426) /);
        await peer.ended();
      });

      it('is over with the handshake', async () => {
        const endpoint = await transport.listen({ handshakeTimeout: 20 });
        const { peer, ws } = await endpoint.accepted();
        await guard(
          new Promise((resolve) => setTimeout(resolve, 60)),
          'three timeouts'
        );
        ws.send('still here');
        assert.strictEqual(
          (await peer.nextFrame()).payload.toString(),
          'still here'
        );
      });

      it('may be none', async () => {
        const endpoint = await transport.listen({ handshakeTimeout: 0 });
        const peer = await endpoint.raw();
        const request = upgradeRequest();
        peer.write(request.slice(0, 9));
        await turns(5);
        peer.write(request.slice(9));
        assert.match(await peer.readHead(), ACCEPTED);
      });
    },
    ['port']
  );
});
