'use strict';

const assert = require('node:assert');
const http = require('node:http');
const net = require('node:net');

const { WebSocketServer } = require('../support/implementation');
const { RawClient } = require('../support/raw-client');
const {
  HOST,
  forEachTransport,
  onRelease,
  releaseAll,
  transports
} = require('../support/transports');
const { TEST_TIMEOUT_MS, called, nextEvent } = require('../support/wait');

const ONE_OF_THREE = {
  name: 'TypeError',
  message:
    'One and only one of the "port", "server", or "noServer" options ' +
    'must be specified'
};

describe('server options, the core', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  const wrong = {
    'no options': undefined,
    'an empty object': {},
    'port null': { port: null },
    'port undefined': { port: undefined },
    'port and noServer': { port: 0, noServer: true },
    'port and server': { port: 0, server: http.createServer() },
    'server and noServer': { server: http.createServer(), noServer: true },
    'all three': { port: 0, server: http.createServer(), noServer: true },
    'falsy values': { server: null, noServer: false }
  };

  for (const [what, options] of Object.entries(wrong)) {
    it(`refuses ${what}`, () => {
      assert.throws(() => new WebSocketServer(options), ONE_OF_THREE);
    });
  }

  it('does not change the object given', () => {
    const options = Object.freeze({ noServer: true });

    assert.doesNotThrow(() => new WebSocketServer(options));
  });

  it('calls the callback as a listener of listening', async () => {
    let wss;
    await called((done) => {
      wss = new WebSocketServer({ port: 0, host: HOST }, done);
      onRelease(() => called((closed) => wss.close(closed)));
    });

    assert.strictEqual(typeof wss.address().port, 'number');
  });

  it('has its address as soon as a net.Server would have it', async () => {
    const reference = net.createServer().listen(0);
    const wss = new WebSocketServer({ port: 0 });
    onRelease(() => called((done) => wss.close(done)));
    onRelease(() => called((done) => reference.close(done)));

    assert.strictEqual(wss.address().family, reference.address().family);
    assert.strictEqual(wss.address().address, reference.address().address);
    assert.ok(wss.address().port > 0);
    await nextEvent(wss, 'listening');
  });

  it('listens on the host given', async () => {
    const endpoint = await transports.port.listen({ host: HOST });

    assert.deepStrictEqual(endpoint.wss.address(), {
      address: HOST,
      family: 'IPv4',
      port: endpoint.port
    });
  });

  it('resolves a host name', async () => {
    const wss = new WebSocketServer({ port: 0, host: 'localhost' });
    onRelease(() => called((done) => wss.close(done)));
    await nextEvent(wss, 'listening');

    assert.ok(['127.0.0.1', '::1'].includes(wss.address().address));
  });

  it('takes the port as a string of digits too', async () => {
    const wss = new WebSocketServer({ port: '0', host: HOST });
    onRelease(() => called((done) => wss.close(done)));
    await nextEvent(wss, 'listening');

    assert.ok(wss.address().port > 0);
  });

  it('refuses a port out of range as node:net does', () => {
    for (const port of [-1, 65536]) {
      assert.throws(() => new WebSocketServer({ port }), {
        name: 'RangeError',
        code: 'ERR_SOCKET_BAD_PORT'
      });
    }
  });

  it('listens on both families without a host', async () => {
    const wss = new WebSocketServer({ port: 0 });
    onRelease(() => called((done) => wss.close(done)));
    await nextEvent(wss, 'listening');
    const socket = net.connect(wss.address().port, HOST);
    onRelease(() => socket.destroy());
    await nextEvent(socket, 'connect');

    assert.match(await new RawClient(socket).upgrade(), /^HTTP\/1\.1 101 /);
  });

  forEachTransport((transport) => {
    const paths = [
      ['/chat', true],
      ['/chat?', true],
      ['/chat?x=1', true],
      ['/chat?/chat', true],
      ['/', false],
      ['/chat/', false],
      ['/chats', false],
      ['/Chat', false],
      ['/?/chat', false],
      ['/%63hat', false],
      ['//chat', false],
      ['http://localhost/chat', false]
    ];

    it('takes only the path given, whatever the query', async () => {
      const endpoint = await transport.listen({ path: '/chat' });

      for (const [path, isTaken] of paths) {
        const peer = await endpoint.raw();
        const head = await peer.upgrade({ path });
        const status = isTaken ? 'HTTP/1.1 101 ' : 'HTTP/1.1 400 Bad Request\r';

        assert.ok(head.startsWith(status), `${path}: ${head}`);
      }
    });

    it('takes every path without the option', async () => {
      const endpoint = await transport.listen();

      for (const path of ['/', '/a/b?c', '*', 'http://localhost/', '/%00']) {
        const { req } = await endpoint.accepted({ path });

        assert.strictEqual(req.url, path);
      }
    });
  });
});
