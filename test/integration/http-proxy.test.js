'use strict';

const assert = require('assert');
const http = require('http');
const httpProxy = require('http-proxy');

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

describe('http-proxy', function () {
  this.timeout(TEST_TIMEOUT_MS);

  afterEach(releaseAll);

  /* A proxy for the port. One of its own port is there too. */
  async function proxyTo(port) {
    const proxy = httpProxy.createProxyServer({
      target: `http://127.0.0.1:${port}`,
      ws: true,
      xfwd: true
    });
    proxy.on('error', () => {});
    const server = http.createServer((req, res) => proxy.web(req, res));
    server.on('upgrade', (req, socket, head) => proxy.ws(req, socket, head));
    onRelease(() => proxy.close());
    return listen(server);
  }

  function echo(wss) {
    wss.on('connection', (ws, req) => {
      ws.send(`${req.url} for ${req.headers['x-forwarded-for']}`);
      ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
    });
  }

  async function check(port) {
    const peer = await Peer.connect(`ws://127.0.0.1:${port}/chat?a=1`);
    assert.match(await peer.nextText(), /^\/chat\?a=1 for .*127\.0\.0\.1$/);

    const big = Buffer.alloc(300000, 'x');
    for (const message of ['text', big, 'more']) peer.ws.send(message);
    assert.strictEqual(await peer.nextText(), 'text');
    assert.ok((await peer.next()).data.equals(big));
    assert.strictEqual(await peer.nextText(), 'more');
    peer.ws.close(4000, 'enough');
    assert.deepStrictEqual(await peer.closed, { code: 4000, reason: 'enough' });
  }

  it('stands in front of a shared server', async () => {
    const { server, wss } = serve((req, res) => res.end('page'));
    echo(wss);
    const port = await proxyTo(await listen(server));

    await check(port);
    assert.strictEqual((await request(port, '/')).body, 'page');
  });

  it('stands in front of a port of its own', async () => {
    const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    echo(wss);
    await new Promise((resolve) => wss.on('listening', resolve));
    onRelease(() => wss.close());

    await check(await proxyTo(wss.address().port));
  });

  it('passes an abrupt end of the backend on', async () => {
    const { server, wss } = serve();
    wss.on('connection', (ws) => ws.terminate());
    const peer = await Peer.connect(await proxyTo(await listen(server)));

    assert.strictEqual((await peer.closed).code, 1006);
  });
});
