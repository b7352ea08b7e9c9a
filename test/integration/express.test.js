'use strict';

const assert = require('assert');
const express = require('express');

const { TEST_TIMEOUT_MS } = require('../support/wait');
const {
  Peer,
  WebSocketServer,
  listen,
  onRelease,
  releaseAll,
  request,
  serve
} = require('./support');

describe('Express', function () {
  this.timeout(TEST_TIMEOUT_MS);

  afterEach(releaseAll);

  it('answers pages beside the WebSocket', async () => {
    const app = express();
    app.use(express.json());
    app.get('/count', (req, res) => res.json({ clients: wss.clients.size }));
    const { server, wss } = serve(app);
    wss.on('connection', (ws) => ws.on('message', (data) => ws.send(data)));
    const port = await listen(server);
    const peer = await Peer.connect(port);
    peer.ws.send('hello');

    assert.strictEqual(await peer.nextText(), 'hello');
    const { status, body } = await request(port, '/count');
    assert.deepStrictEqual([status, body], [200, '{"clients":1}']);
    assert.strictEqual((await request(port, '/nothing')).status, 404);
  });

  it('shares its middleware with the upgrade', async () => {
    const app = express();
    const session = (req, res, next) => {
      req.user = new URL(req.url, 'http://localhost').searchParams.get('user');
      next();
    };
    app.use(session);
    const server = require('http').createServer(app);
    const chat = new WebSocketServer({ noServer: true });
    const news = new WebSocketServer({ noServer: true });
    chat.on('connection', (ws, req) => ws.send(`chat with ${req.user}`));
    news.on('connection', (ws, req) => ws.send(`news for ${req.user}`));
    server.on('upgrade', (req, socket, head) => {
      session(req, {}, () => {
        if (!req.user) {
          socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
          return;
        }
        const wss = req.url.startsWith('/news') ? news : chat;
        wss.handleUpgrade(req, socket, head, (ws) => {
          wss.emit('connection', ws, req);
        });
      });
    });
    const url = `ws://127.0.0.1:${await listen(server)}`;
    const [ada, bob] = await Promise.all([
      Peer.connect(`${url}/chat?user=Ada`),
      Peer.connect(`${url}/news?user=Bob`)
    ]);

    assert.strictEqual(await ada.nextText(), 'chat with Ada');
    assert.strictEqual(await bob.nextText(), 'news for Bob');
    await assert.rejects(Peer.connect(`${url}/chat`), {
      message: 'Unexpected server response: 401'
    });
  });

  it('serves routes of express-ws, with their middleware', async () => {
    const app = express();
    const { applyTo, getWss } = require('express-ws')(app);
    const router = express.Router();
    applyTo(router);
    router.ws('/echo/:name', (ws, req) => {
      ws.on('message', (data) => ws.send(`${req.params.name}: ${data}`));
    });
    app.use('/inner', (req, res, next) => {
      if (req.headers.origin === 'http://evil') res.status(403).end();
      else next();
    });
    app.use('/inner', router);
    app.get('/page', (req, res) => res.send('a page'));

    const server = app.listen(0, '127.0.0.1');
    await require('events').once(server, 'listening');
    onRelease(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address();
    const url = `ws://127.0.0.1:${port}`;
    const peer = await Peer.connect(`${url}/inner/echo/ada`);
    peer.ws.send('hi');

    assert.strictEqual(await peer.nextText(), 'ada: hi');
    assert.strictEqual(getWss().clients.size, 1);
    assert.strictEqual((await request(port, '/page')).body, 'a page');
    const stray = await Peer.connect(`${url}/nowhere`);
    assert.strictEqual((await stray.closed).code, 1005);
    const evil = await Peer.connect(`${url}/inner/echo/eve`, {
      origin: 'http://evil'
    });
    assert.strictEqual((await evil.closed).code, 1005);
  });
});
