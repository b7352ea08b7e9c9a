'use strict';

const assert = require('node:assert');
const { AsyncLocalStorage } = require('node:async_hooks');

const frames = require('../support/frames');
const { WebSocket } = require('../support/implementation');
const { upgradeRequest } = require('../support/raw-client');
const {
  forEachTransport,
  releaseAll,
  transports
} = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  nextEvent,
  turn,
  turns,
  uncaught,
  until
} = require('../support/wait');

const ACCEPTED = /^HTTP\/1.1 101 /;

/* Answers to be given by hand, in the order of the questions. */
class Questions {
  constructor() {
    this.open = [];
    this.authenticate = (req, reject) =>
      new Promise((resolve, fail) => {
        this.open.push({ req, reject, resolve, fail });
      });
  }

  async next() {
    await until(() => this.open.length > 0, 'a question');
    return this.open.shift();
  }
}

/* How the server answers one more client. */
async function knock(endpoint, request) {
  const peer = await endpoint.raw();
  return { peer, head: await peer.upgrade(request) };
}

/* A server whose answers are the test's, and a peer that waits for one. */
async function waiting(transport, options) {
  const questions = new Questions();
  const { authenticate } = questions;
  const endpoint = await transport.listen({ authenticate, ...options });
  const peer = await endpoint.raw();
  peer.write(upgradeRequest());

  return { endpoint, questions, peer, question: await questions.next() };
}

/* Waits until the server has noticed that the peer is gone. */
async function leave(peer, how) {
  peer[how]();
  await peer.closed();
  await turns(5);
}

/* An `authenticate` that fails, at once or later. */
function failing(err, isAsync) {
  return () => {
    if (isAsync) return Promise.reject(err);
    throw err;
  };
}

describe('the authentication at the handshake', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    describe('that lets a client in', () => {
      for (const [kind, authenticate] of [
        ['at once', (req) => ({ name: req.headers['x-name'] })],
        ['with a promise', async (req) => ({ name: req.headers['x-name'] })],
        [
          'after a while',
          async (req) => {
            await turns(3);
            return { name: req.headers['x-name'] };
          }
        ],
        [
          'with any thenable',
          (req) => ({
            then: (resolve) => resolve({ name: req.headers['x-name'] })
          })
        ]
      ]) {
        it(`${kind} hands on what it has found`, async () => {
          const endpoint = await transport.listen({ authenticate });
          const connection = nextEvent(endpoint.wss, 'connection');
          const peer = await endpoint.upgraded({
            headers: { 'X-Name': 'ada' }
          });
          const [ws, req, data, ...rest] = await connection;

          assert.deepStrictEqual(data, { name: 'ada' });
          assert.strictEqual(ws.data, data);
          assert.strictEqual(req.headers['x-name'], 'ada');
          assert.deepStrictEqual(rest, []);
          ws.send('hello');
          assert.strictEqual(
            (await peer.nextFrame()).payload.toString(),
            'hello'
          );
        });
      }

      it('may give any value', async () => {
        const values = [true, 0, '', NaN, 'user', [], Symbol.iterator];
        const endpoint = await transport.listen({
          authenticate: () => values[0]
        });
        while (values.length > 0) {
          const connection = nextEvent(endpoint.wss, 'connection');
          await endpoint.upgraded();
          const [ws, , data] = await connection;
          assert.ok(Object.is(data, values[0]));
          assert.ok(Object.is(ws.data, values.shift()));
        }
      });

      it('has chosen the subprotocol', async () => {
        const { endpoint, questions } = await waiting(transport);
        const peer = await endpoint.raw();
        peer.write(
          upgradeRequest({ headers: { 'Sec-WebSocket-Protocol': 'a, b' } })
        );
        const connection = nextEvent(endpoint.wss, 'connection');
        (await questions.next()).resolve('user');
        assert.match(
          await peer.readHead(),
          /\r\nSec-WebSocket-Protocol: a\r\n/
        );
        assert.strictEqual((await connection)[0].protocol, 'a');
      });

      it('agrees to compression', async () => {
        const { questions, endpoint } = await waiting(transport, {
          perMessageDeflate: true
        });
        const client = endpoint.client('/', [], { perMessageDeflate: true });
        const connection = nextEvent(endpoint.wss, 'connection');
        const opened = nextEvent(client, 'open');
        (await questions.next()).resolve('user');
        await opened;
        const [ws] = await connection;
        const message = nextEvent(client, 'message');
        ws.send('x'.repeat(5000));
        assert.strictEqual((await message)[0].length, 5000);
        assert.strictEqual(ws.extensions, 'permessage-deflate');
      });

      it('keeps what the client sends meanwhile', async () => {
        const { endpoint, questions } = await waiting(transport);
        const peer = await endpoint.raw();
        const messages = [];
        endpoint.wss.on('connection', (ws) => {
          ws.on('message', (data) => messages.push(data.toString()));
        });
        peer.write(upgradeRequest(), frames.text('with the request'));
        const question = await questions.next();
        peer.write(frames.text('a little later'));
        await turns(3);
        peer.write(frames.text('x'.repeat(100000)));
        await turns(3);
        question.resolve('user');
        assert.match(await peer.readHead(), ACCEPTED);
        peer.write(frames.text('at last'));
        await until(() => messages.length === 4, 'four messages');
        assert.deepStrictEqual(
          messages.map((text) => text.slice(0, 20)),
          ['with the request', 'a little later', 'x'.repeat(20), 'at last']
        );
      });

      it('may take the answers out of order', async () => {
        const { endpoint, questions, peer, question } =
          await waiting(transport);
        const other = await endpoint.raw();
        other.write(upgradeRequest({ path: '/other' }));
        const later = await questions.next();
        const connections = [];
        endpoint.wss.on('connection', (ws, req, data) => {
          connections.push([req.url, data]);
        });
        later.resolve('second');
        assert.match(await other.readHead(), ACCEPTED);
        question.resolve('first');
        assert.match(await peer.readHead(), ACCEPTED);
        assert.deepStrictEqual(connections, [
          ['/other', 'second'],
          ['/', 'first']
        ]);
      });

      it('comes behind verifyClient', async () => {
        const calls = [];
        const endpoint = await transport.listen({
          verifyClient: ({ req }) => calls.push('verify') && req.url !== '/no',
          authenticate: () => calls.push('authenticate')
        });
        assert.match((await knock(endpoint)).head, ACCEPTED);
        assert.match((await knock(endpoint, { path: '/no' })).head, / 401 /);
        assert.deepStrictEqual(calls, ['verify', 'authenticate', 'verify']);
      });

      it('keeps the async context of the request', async () => {
        const storage = new AsyncLocalStorage();
        const seen = [];
        let count = 0;
        const endpoint = await transport.listen({
          async authenticate() {
            storage.enterWith(++count);
            await turn();
            return storage.getStore();
          }
        });
        endpoint.wss.on('connection', (ws, req, data) => {
          seen.push([data, storage.getStore()]);
        });
        await Promise.all([endpoint.upgraded(), endpoint.upgraded()]);
        assert.ok(
          seen.every(([mine, store]) => store === undefined || store === mine)
        );
        assert.strictEqual(seen.length, 2);
      });
    });

    describe('that does not', () => {
      for (const value of [undefined, null, false]) {
        it(`answers 401 for ${value}`, async () => {
          for (const authenticate of [() => value, async () => value]) {
            const endpoint = await transport.listen({ authenticate });
            const { head, peer } = await knock(endpoint);
            assert.match(head, /^HTTP\/1.1 401 Unauthorized\r\n/);
            assert.strictEqual(
              (await peer.readToEnd()).toString(),
              'Unauthorized'
            );
            assert.strictEqual(endpoint.sockets.length, 0);
          }
        });
      }

      it('may say how, and nothing else counts then', async () => {
        for (const isAsync of [false, true]) {
          const endpoint = await transport.listen({
            authenticate(req, reject) {
              const act = () => {
                reject(403, { 'X-Why': 'mood', 'Set-Cookie': ['a=1', 'b=2'] });
                reject(404);
                return { name: 'ada' };
              };
              return isAsync ? turn().then(act) : act();
            }
          });
          const { head, peer } = await knock(endpoint);
          assert.match(head, /^HTTP\/1.1 403 Forbidden\r\n/);
          assert.match(head, /\r\nX-Why: mood\r\n/);
          assert.match(head, /\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n/);
          assert.strictEqual((await peer.readToEnd()).toString(), 'Forbidden');
          assert.strictEqual(endpoint.sockets.length, 0);
        }
      });

      it('may send a body of its own kind', async () => {
        for (const length of [10, 100000]) {
          const body = JSON.stringify({ error: 'é'.repeat(length) });
          const endpoint = await transport.listen({
            authenticate: (req, reject) =>
              reject(400, { 'content-type': 'application/json' }, body)
          });
          const { head, peer } = await knock(endpoint);
          assert.match(head, /\r\nContent-Type: application\/json\r\n/);
          assert.doesNotMatch(head, /text\/html|content-type/);
          assert.match(
            head,
            new RegExp(`\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`)
          );
          assert.strictEqual((await peer.readToEnd()).toString(), body);
        }
      });

      it('may throw what describes a response', async () => {
        const errors = [
          [Object.assign(new Error('x'), { status: 402 }), 402, /Payment Req/],
          [
            Object.assign(new Error('x'), { statusCode: 404 }),
            404,
            /Not Found/
          ],
          [
            Object.assign(new Error('no such user'), {
              status: 403,
              expose: true
            }),
            403,
            /^no such user$/
          ],
          [{ status: 429, body: 'slow down' }, 429, /^slow down$/],
          [{ status: 499 }, 499, /Refused/]
        ];
        for (const [err, status, body] of errors) {
          for (const isAsync of [false, true]) {
            const { head, peer } = await knock(
              await transport.listen({ authenticate: failing(err, isAsync) })
            );
            assert.ok(head.startsWith(`HTTP/1.1 ${status} `), head);
            assert.match((await peer.readToEnd()).toString(), body);
          }
        }
      });

      it('answers 500 where the application fails, and tells no secret', async () => {
        for (const err of [
          new TypeError('secret'),
          null,
          undefined,
          'secret',
          { status: 200, message: 'secret' },
          { status: '403', message: 'secret' },
          { status: 403, headers: { 'X-A': 'b\r\nX-Secret: 1' } }
        ]) {
          for (const isAsync of [false, true]) {
            const { head, peer } = await knock(
              await transport.listen({ authenticate: failing(err, isAsync) })
            );
            const body = (await peer.readToEnd()).toString();
            assert.match(head, /^HTTP\/1.1 500 Internal Server Error\r\n/);
            assert.doesNotMatch(head + body, /secret/i);
          }
        }
      });

      it('takes what is wrong with reject() for a failure', async () => {
        for (const args of [
          [200],
          [101],
          ['403'],
          [600],
          [403, { 'X-A': 'b\r\nX-B: c' }],
          [403, { 'X A': 'b' }],
          [403, {}, 5]
        ]) {
          const endpoint = await transport.listen({
            authenticate: (req, reject) => reject(...args)
          });
          assert.match((await knock(endpoint)).head, /^HTTP\/1.1 500 /);
        }
      });

      it("hands its own failures to 'wsClientError'", async () => {
        for (const isLate of [false, true]) {
          const { endpoint, peer, question } = await waiting(transport);
          const listen = () => {
            endpoint.wss.on('wsClientError', (err, socket, req) => {
              seen.push([err.message, req.url]);
              socket.end('HTTP/1.1 418 Teapot\r\n\r\n');
            });
          };
          const seen = [];
          if (isLate) await turn();
          listen();
          question.fail(new Error('of the application'));
          assert.match(await peer.readHead(), /^HTTP\/1.1 418 /);
          assert.deepStrictEqual(seen, [['of the application', '/']]);
        }
      });
    });

    describe('that takes its time', () => {
      for (const how of ['destroy', 'reset', 'end']) {
        it(`forgets a client that leaves by ${how}`, async () => {
          const { endpoint, questions, peer, question } = await waiting(
            transport,
            { maxConnections: 1 }
          );
          if (how === 'end') {
            // Whether it goes now or with the answer: it is nobody's loss.
            peer.end();
            await turns(3);
            question.reject();
            await peer.ended();
            peer.destroy();
          } else {
            await leave(peer, how);
            question.resolve('user');
          }
          await turns(3);
          for (const ws of endpoint.sockets) {
            await until(() => ws.readyState === ws.CLOSED, 'the close');
          }
          const next = await endpoint.raw();
          next.write(upgradeRequest());
          (await questions.next()).resolve('user');
          assert.match(await next.readHead(), ACCEPTED);
        });
      }

      it('refuses with 503 when the server is closed', async () => {
        const { endpoint, peer, question } = await waiting(transport);
        const closed = nextEvent(endpoint.wss, 'close');
        endpoint.wss.close();
        assert.match(await peer.readHead(), /^HTTP\/1.1 503 /);
        await peer.ended();
        peer.destroy();
        await closed;
        question.resolve('user');
        await turns(3);
        assert.strictEqual(endpoint.sockets.length, 0);
      });

      it('refuses with 503 when it takes too long', async () => {
        const { endpoint, peer, question } = await waiting(transport, {
          handshakeTimeout: 20
        });
        assert.match(await peer.readHead(), /^HTTP\/1.1 503 /);
        question.resolve('user');
        await turns(3);
        assert.strictEqual(endpoint.sockets.length, 0);
      });

      it('may close the server itself', async () => {
        for (const isAsync of [false, true]) {
          let endpoint = null;
          const options = {
            authenticate() {
              endpoint.wss.close();
              return isAsync ? Promise.resolve('user') : 'user';
            }
          };
          endpoint = await transport.listen(options);
          const closed = nextEvent(endpoint.wss, 'close');
          const peer = await endpoint.raw();
          peer.write(upgradeRequest());
          await peer.readHead();
          await peer.ended();
          peer.destroy();
          await closed;
          assert.strictEqual(endpoint.sockets.length, 0);
        }
      });

      it('takes a place of maxConnections', async () => {
        const { endpoint, questions, peer, question } = await waiting(
          transport,
          { maxConnections: 1 }
        );
        assert.match((await knock(endpoint)).head, /^HTTP\/1.1 503 /);
        question.resolve(null);
        assert.match(await peer.readHead(), /^HTTP\/1.1 401 /);
        await peer.ended();
        peer.destroy();
        await turns(3);
        const next = await endpoint.raw();
        next.write(upgradeRequest());
        (await questions.next()).resolve('user');
        assert.match(await next.readHead(), ACCEPTED);
        assert.match((await knock(endpoint)).head, /^HTTP\/1.1 503 /);
      });

      it('survives a flood of clients of every kind', async () => {
        const questions = new Questions();
        const endpoint = await transport.listen({
          authenticate: questions.authenticate,
          maxConnections: 1000
        });
        const peers = [];
        for (let i = 0; i < 100; i++) {
          const peer = await endpoint.raw();
          peer.write(upgradeRequest());
          peers.push(peer);
        }
        await until(() => questions.open.length === 100, 'all questions');
        peers.forEach((peer, i) => {
          if (i % 4 === 0) peer.reset();
          if (i % 4 === 1) peer.destroy();
        });
        await turns(3);
        questions.open.forEach(({ resolve, fail }, i) => {
          if (i % 3 === 0) fail(new Error('no'));
          else resolve(i % 3 === 1 ? 'user' : null);
        });
        const heads = await Promise.all(
          peers.filter((peer, i) => i % 4 > 1).map((peer) => peer.readHead())
        );
        assert.ok(
          heads.every((head) => /^HTTP\/1.1 (101|401|500) /.test(head))
        );
        for (const peer of peers) peer.destroy();
        await until(() => endpoint.wss.clients.size === 0, 'the end of all');
      });
    });

    it('lets listeners of the connection throw, but not into the promise', async () => {
      const { endpoint, peer, question } = await waiting(transport);
      endpoint.wss.on('connection', () => {
        throw new Error('of the listener');
      });
      const err = uncaught();
      question.resolve('user');
      assert.strictEqual((await err).message, 'of the listener');
      assert.match(await peer.readHead(), ACCEPTED);
    });

    it('lets the making of a WebSocket throw', async () => {
      let isThrowing = true;
      class Throwing extends WebSocket {
        constructor(...args) {
          super(...args);
          if (isThrowing) throw new Error('of the application');
        }
      }
      const { endpoint, peer, question, questions } = await waiting(transport, {
        WebSocket: Throwing,
        maxConnections: 1
      });
      const err = uncaught();
      question.resolve('user');
      assert.strictEqual((await err).message, 'of the application');
      peer.destroy();
      isThrowing = false;
      await turns(3);
      const next = await endpoint.raw();
      next.write(upgradeRequest());
      (await questions.next()).resolve('user');
      assert.match(await next.readHead(), ACCEPTED);
    });

    it('has the socket of the request at hand', async () => {
      for (const when of ['asked', 'waiting', 'accepted']) {
        const endpoint = await transport.listen({
          maxConnections: 1,
          async authenticate(req) {
            if (when === 'asked') sockets.push(req.socket);
            await turn();
            if (when === 'waiting') sockets.push(req.socket);
            await turn();
            return 'user';
          }
        });
        const sockets = [];
        const connection = nextEvent(endpoint.wss, 'connection');
        const peer = await endpoint.raw();
        peer.write(upgradeRequest());
        await turns(2);
        peer.write(frames.ping('early'));
        const [ws, req] = await connection;
        assert.match(await peer.readHead(), ACCEPTED);
        if (when === 'accepted') sockets.push(req.socket);
        assert.strictEqual(sockets[0], ws._socket);
        assert.strictEqual((await peer.nextFrame()).opcode, frames.PONG);
        const closed = nextEvent(ws, 'close');
        peer.destroy();
        await closed;
        assert.match((await knock(endpoint)).head, ACCEPTED);
      }
    });

    it('may end the socket of the request', async () => {
      for (const isAsync of [false, true]) {
        const endpoint = await transport.listen({
          maxConnections: 1,
          authenticate(req) {
            if (req.url === '/bad') req.socket.destroy();
            return isAsync ? turn().then(() => 'user') : 'user';
          }
        });
        const peer = await endpoint.raw();
        peer.write(upgradeRequest({ path: '/bad' }));
        await peer.ended();
        peer.destroy();
        await turns(5);
        assert.strictEqual(endpoint.wss.clients.size, 0);
        assert.match((await knock(endpoint)).head, ACCEPTED);
      }
    });
  });

  it('takes the native listener all the way', async () => {
    const { endpoint, peer, question } = await waiting(transports.port);
    const connection = nextEvent(endpoint.wss, 'connection');
    let count = 0;
    endpoint.wss._server.prependListener('upgrade', () => count++);

    question.resolve('user');
    await connection;
    assert.match(await peer.readHead(), ACCEPTED);
    assert.strictEqual(count, 0);
    await releaseAll();
  });
});
