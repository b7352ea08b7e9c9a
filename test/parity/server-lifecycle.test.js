'use strict';

const assert = require('node:assert');
const http = require('node:http');
const net = require('node:net');

const frames = require('../support/frames');
const { WebSocketServer } = require('../support/implementation');
const { upgradeRequest } = require('../support/raw-client');
const {
  HOST,
  forEachTransport,
  onRelease,
  releaseAll,
  transports
} = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  called,
  nextEvent,
  turns,
  until
} = require('../support/wait');

/* Collects the names of a server's events in the order of their coming. */
function logOf(wss, ...names) {
  const log = [];
  for (const name of names) wss.on(name, () => log.push(name));
  return log;
}

describe('the life of a server', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  describe('listening', () => {
    it('is emitted once, without arguments, after the constructor', async () => {
      const wss = new WebSocketServer({ port: 0, host: HOST });
      onRelease(() => called((done) => wss.close(done)));
      const log = logOf(wss, 'listening');

      assert.deepStrictEqual(await nextEvent(wss, 'listening'), []);
      await turns(2);
      assert.deepStrictEqual(log, ['listening']);
    });

    it('is passed on from an external server', async () => {
      const server = http.createServer();
      const wss = new WebSocketServer({ server });
      const heard = nextEvent(wss, 'listening');
      onRelease(() => called((done) => server.close(done)));

      assert.strictEqual(wss.address(), null);
      server.listen(0, HOST);
      assert.deepStrictEqual(await heard, []);
      assert.deepStrictEqual(wss.address(), server.address());
    });
  });

  describe('error', () => {
    it('tells that the port is in use', async () => {
      const blocker = net.createServer().listen(0, HOST);
      await nextEvent(blocker, 'listening');
      onRelease(() => called((done) => blocker.close(done)));
      const { port } = blocker.address();
      const wss = new WebSocketServer({ port, host: HOST });
      const [err] = await nextEvent(wss, 'error');

      assert.ok(err instanceof Error);
      assert.strictEqual(err.code, 'EADDRINUSE');
      assert.strictEqual(err.syscall, 'listen');
      assert.strictEqual(err.address, HOST);
      assert.strictEqual(err.port, port);
      assert.ok(err.errno < 0);
      assert.strictEqual(
        err.message,
        `listen EADDRINUSE: address already in use ${HOST}:${port}`
      );
    });

    it('tells of a host that is not ours', async () => {
      const wss = new WebSocketServer({ port: 0, host: '192.0.2.1' });
      const [err] = await nextEvent(wss, 'error');

      assert.strictEqual(err.code, 'EADDRNOTAVAIL');
      assert.strictEqual(err.syscall, 'listen');
    });

    it('is passed on from an external server', () => {
      const server = http.createServer();
      const wss = new WebSocketServer({ server });
      const errors = [];
      wss.on('error', (err) => errors.push(err));
      const err = new Error('of the server');
      server.emit('error', err);

      assert.deepStrictEqual(errors, [err]);
    });
  });

  describe('address', () => {
    it('throws with noServer', () => {
      const wss = new WebSocketServer({ noServer: true });

      assert.throws(() => wss.address(), {
        name: 'Error',
        message: 'The server is operating in "noServer" mode'
      });
    });

    it('is null once closed', async () => {
      for (const name of ['port', 'server']) {
        const { wss } = await transports[name].listen();
        wss.close();

        assert.strictEqual(wss.address(), null, name);
      }
    });
  });

  describe('close of a server on a port', () => {
    it('takes no more connections', async () => {
      const { wss, port } = await transports.port.listen();
      await called((done) => wss.close(done));
      const socket = net.connect(port, HOST);
      const [err] = await nextEvent(socket, 'error');

      assert.strictEqual(err.code, 'ECONNREFUSED');
    });

    it('keeps its clients and waits for them', async () => {
      const { wss, ws, peer } = await transports.port.open();
      const log = logOf(wss, 'close');
      ws.on('message', (data) => ws.send(data));
      ws.on('close', () => log.push('connection'));
      const closed = called((done) => wss.close(done));
      peer.write(frames.text('still here'));

      assert.strictEqual(
        (await peer.nextFrame()).payload.toString(),
        'still here'
      );
      assert.strictEqual(ws.readyState, 1);
      assert.deepStrictEqual(log, []);
      peer.write(frames.close(1000));
      await peer.ended();
      peer.end();
      assert.deepStrictEqual(await closed, []);
      await until(() => log.length === 2, 'both events');
      /* With ws the server's close comes first here; either will do. */
      assert.deepStrictEqual(log.sort(), ['close', 'connection']);
    });

    it('can be closed before it listens', async () => {
      const wss = new WebSocketServer({ port: 0, host: HOST });
      const [err] = await called((done) => wss.close(done));

      assert.strictEqual(err, undefined);
    });

    it('frees the port', async () => {
      const { wss, port } = await transports.port.listen();
      await called((done) => wss.close(done));
      const second = await transports.port.listen({ port });

      assert.strictEqual(second.port, port);
    });

    it('drops idle connections that never asked anything', async () => {
      const endpoint = await transports.port.listen();
      const peer = await endpoint.raw();
      peer.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await peer.readHead();
      await peer.readBytes('Upgrade Required'.length);
      const [err] = await called((done) => endpoint.wss.close(done));

      assert.strictEqual(err, undefined);
      await peer.ended();
    });
  });

  describe('close of a server on an external one', () => {
    for (const name of ['server', 'noServer']) {
      it(`emits close in the next tick if idle (${name})`, async () => {
        const { wss, httpServer } = await transports[name].listen();
        const log = logOf(wss, 'close');
        process.nextTick(() => log.push('tick before'));
        wss.close(() => log.push('callback'));
        process.nextTick(() => log.push('tick after'));
        log.push('returned');
        await turns(1);

        assert.deepStrictEqual(log, [
          'returned',
          'tick before',
          'close',
          'callback',
          'tick after'
        ]);
        assert.ok(httpServer.listening);
      });

      it(`waits for its clients (${name})`, async () => {
        const { wss, ws, peer } = await transports[name].open();
        const log = logOf(wss, 'close');
        ws.on('close', () => {
          log.push('connection');
          process.nextTick(() => log.push('tick'));
        });
        wss.close();
        await turns(2);
        assert.deepStrictEqual(log, []);
        assert.strictEqual(ws.readyState, 1);

        peer.destroy();
        await nextEvent(wss, 'close');
        assert.deepStrictEqual(log.slice(0, 2), ['connection', 'close']);
      });
    }

    it('removes its listeners and leaves the others', async () => {
      const server = http.createServer();
      const mine = () => {};
      const names = ['upgrade', 'error', 'listening'];
      for (const name of names) server.on(name, mine);
      const before = names.map((name) => server.listeners(name));
      const wss = new WebSocketServer({ server });
      assert.strictEqual(server.listenerCount('upgrade'), 2);
      await called((done) => wss.close(done));

      assert.deepStrictEqual(
        names.map((name) => server.listeners(name)),
        before
      );
    });

    it('leaves the external server to serve on', async () => {
      const endpoint = await transports.server.listen();
      endpoint.httpServer.on('request', (req, res) => res.end('page'));
      await called((done) => endpoint.wss.close(done));
      const peer = await endpoint.raw();
      peer.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');

      assert.match(
        String(await peer.readToEnd()),
        /^HTTP\/1\.1 200 OK\r\n[^]*page/
      );
    });

    it('answers 503 to upgrades that still come', async () => {
      const endpoint = await transports.noServer.listen();
      endpoint.wss.on('connection', () => assert.fail('connected'));
      await called((done) => endpoint.wss.close(done));
      const peer = await endpoint.raw();
      peer.write(upgradeRequest());

      assert.strictEqual(
        String(await peer.readToEnd()),
        [
          'HTTP/1.1 503 Service Unavailable',
          'Connection: close',
          'Content-Type: text/html',
          'Content-Length: 19',
          '',
          'Service Unavailable'
        ].join('\r\n')
      );
    });

    it('lets a second one take its place', async () => {
      const first = await transports.server.listen();
      const server = first.httpServer;
      await called((done) => first.wss.close(done));
      const wss = new WebSocketServer({ server });
      const connection = nextEvent(wss, 'connection');
      const peer = await first.upgraded();
      const [ws] = await connection;
      ws.send('from the second');

      assert.strictEqual(
        (await peer.nextFrame()).payload.toString(),
        'from the second'
      );
      ws.terminate();
    });
  });

  forEachTransport((transport) => {
    it('calls every callback of closes that come while closing', async () => {
      const { wss } = await transport.listen();
      const log = logOf(wss, 'close');
      const calls = [1, 2, 3].map((n) =>
        called((done) =>
          wss.close((...args) => {
            log.push(n);
            done(...args);
          })
        )
      );

      assert.deepStrictEqual(await Promise.all(calls), [[], [], []]);
      assert.deepStrictEqual(log, ['close', 1, 2, 3]);
    });

    it('gives an error to a close that comes when closed', async () => {
      const { wss } = await transport.listen();
      await called((done) => wss.close(done));
      const log = logOf(wss, 'close');
      const args = await called((done) => wss.close(done));

      assert.strictEqual(args.length, 1);
      assert.ok(args[0] instanceof Error);
      assert.strictEqual(args[0].message, 'The server is not running');
      assert.deepStrictEqual(log, ['close']);
      wss.close();
      await nextEvent(wss, 'close');
      assert.deepStrictEqual(log, ['close', 'close']);
    });

    it('can be closed inside its connection event', async () => {
      const log = [];
      const endpoint = await transport.listen({}, (ws) => {
        endpoint.wss.close(() => log.push('callback'));
        ws.on('message', (data) => ws.send(data));
        ws.on('close', () => log.push('connection'));
      });
      endpoint.wss.on('close', () => log.push('close'));
      const peer = await endpoint.upgraded();
      peer.write(frames.text('echo'));
      assert.strictEqual((await peer.nextFrame()).payload.toString(), 'echo');
      assert.deepStrictEqual(log, []);

      peer.destroy();
      await until(() => log.length === 3, 'the three events');
    });

    it('can be closed inside its close event', async () => {
      const { wss } = await transport.listen();
      const again = new Promise((resolve) => {
        wss.once('close', () => wss.close(resolve));
      });
      wss.close();

      assert.strictEqual((await again).message, 'The server is not running');
    });

    it('ends once each client was closed in a loop', async () => {
      const endpoint = await transport.listen();
      for (let i = 0; i < 5; i++) await endpoint.connected();
      const closed = called((done) => endpoint.wss.close(done));
      for (const ws of endpoint.wss.clients) ws.close();

      assert.deepStrictEqual(await closed, []);
      await until(() => endpoint.wss.clients.size === 0, 'an empty set');
    });

    it('ends once each client was terminated in a loop', async () => {
      const endpoint = await transport.listen();
      for (let i = 0; i < 5; i++) await endpoint.connected();
      const closed = called((done) => endpoint.wss.close(done));
      for (const ws of endpoint.wss.clients) ws.terminate();

      assert.deepStrictEqual(await closed, []);
      await until(() => endpoint.wss.clients.size === 0, 'an empty set');
    });
  });
});
