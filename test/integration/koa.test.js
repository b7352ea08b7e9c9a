'use strict';

const assert = require('assert');
const Koa = require('koa');

const { TEST_TIMEOUT_MS } = require('../support/wait');
const { Peer, listen, releaseAll, request, serve } = require('./support');

describe('Koa', function () {
  this.timeout(TEST_TIMEOUT_MS);

  afterEach(releaseAll);

  it('answers pages beside the WebSocket', async () => {
    const app = new Koa();
    app.use(async (ctx, next) => {
      await next();
      ctx.set('X-Clients', wss.clients.size);
    });
    app.use((ctx) => {
      ctx.body = { path: ctx.path };
    });
    const { server, wss } = serve(app.callback(), { path: '/ws' });
    wss.on('connection', (ws) => ws.on('message', (data) => ws.send(data)));
    const port = await listen(server);
    const peer = await Peer.connect(`ws://127.0.0.1:${port}/ws`);
    peer.ws.send('hello');

    assert.strictEqual(await peer.nextText(), 'hello');
    const { headers, body } = await request(port, '/page');
    assert.strictEqual(headers['x-clients'], '1');
    assert.strictEqual(body, '{"path":"/page"}');
    await assert.rejects(Peer.connect(port), {
      message: 'Unexpected server response: 400'
    });
  });

  it('sees the upgrade as a context, if it is asked', async () => {
    const app = new Koa();
    const { server, wss } = serve(app.callback());
    wss.on('connection', (ws, req) => {
      const ctx = app.createContext(req, {});
      ws.send(`${ctx.query.name} ${ctx.cookies.get('color')} ${ctx.ip}`);
    });
    const port = await listen(server);
    const peer = await Peer.connect(`ws://127.0.0.1:${port}/?name=Ada`, {
      headers: { Cookie: 'color=red' }
    });

    assert.strictEqual(await peer.nextText(), 'Ada red 127.0.0.1');
  });
});
