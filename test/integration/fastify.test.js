'use strict';

const assert = require('assert');
const { once } = require('events');
const fastify = require('fastify');

const { TEST_TIMEOUT_MS } = require('../support/wait');
const { HOST, Peer, onRelease, releaseAll, request } = require('./support');

describe('Fastify with @fastify/websocket', function () {
  this.timeout(TEST_TIMEOUT_MS);

  let app;
  let port;

  afterEach(releaseAll);

  async function start(register, options) {
    app = fastify();
    onRelease(() => app.close());
    await app.register(require('@fastify/websocket'), { options });
    await app.register(register);
    await app.listen({ host: HOST, port: 0 });
    port = app.server.address().port;
  }

  it('serves routes, and pages on the same paths', async () => {
    await start(async (scope) => {
      scope.get('/page', async () => 'a page');
      scope.route({
        method: 'GET',
        url: '/both/:name',
        handler: async () => 'over HTTP',
        wsHandler: (socket, req) => {
          socket.on('message', (data) => {
            socket.send(`${req.params.name}: ${data}`);
          });
        }
      });
    });
    const peer = await Peer.connect(`ws://127.0.0.1:${port}/both/ada`);
    peer.ws.send('hi');

    assert.strictEqual(await peer.nextText(), 'ada: hi');
    assert.strictEqual((await request(port, '/both/ada')).body, 'over HTTP');
    assert.strictEqual((await request(port, '/page')).body, 'a page');
    await assert.rejects(Peer.connect(`ws://127.0.0.1:${port}/nowhere`), {
      message: 'Unexpected server response: 404'
    });
  });

  it('runs hooks before the upgrade', async () => {
    await start(async (scope) => {
      scope.addHook('preValidation', async (req, reply) => {
        if (req.headers.authorization !== 'let me in') {
          await reply.code(401).send('no');
        }
      });
      scope.get('/', { websocket: true }, (socket) => socket.send('welcome'));
    });
    const peer = await Peer.connect(port, {
      headers: { authorization: 'let me in' }
    });

    assert.strictEqual(await peer.nextText(), 'welcome');
    await assert.rejects(Peer.connect(port), {
      message: 'Unexpected server response: 401'
    });
  });

  it('passes the options on, and broadcasts', async () => {
    await start(
      async (scope) => {
        scope.get('/', { websocket: true }, (socket) => {
          socket.on('message', (data) => {
            scope.websocketServer.clients.forEach((client) => {
              client.send(String(data));
            });
          });
        });
      },
      { maxPayload: 16, verifyClient: ({ req }) => req.url !== '/?no' }
    );
    const [ada, bob] = await Promise.all([
      Peer.connect(port),
      Peer.connect(port)
    ]);
    ada.ws.send('to all');

    assert.strictEqual(await ada.nextText(), 'to all');
    assert.strictEqual(await bob.nextText(), 'to all');
    bob.ws.send('x'.repeat(17));
    assert.strictEqual((await bob.closed).code, 1009);
    await assert.rejects(Peer.connect(`ws://127.0.0.1:${port}/?no`), {
      message: 'Unexpected server response: 401'
    });
  });

  it('closes its clients when it is closed', async () => {
    await start(async (scope) => {
      scope.get('/', { websocket: true }, (socket) => socket.send('welcome'));
    });
    const peer = await Peer.connect(port);
    await peer.nextText();
    await app.close();

    assert.strictEqual((await peer.closed).code, 1005);
  });

  it('injects a WebSocket without a network', async () => {
    await start(async (scope) => {
      scope.get('/', { websocket: true }, (socket) => {
        socket.on('message', (data) => socket.send(`got ${data}`));
      });
    });
    const ws = await app.injectWS('/');
    const message = once(ws, 'message');
    ws.send('hello');

    assert.strictEqual(String((await message)[0]), 'got hello');
    ws.terminate();
  });
});
