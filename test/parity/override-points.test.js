'use strict';

const assert = require('node:assert');
const http = require('node:http');

const frames = require('../support/frames');
const { WebSocket, WebSocketServer } = require('../support/implementation');
const { ACCEPT, KEY } = require('../support/raw-client');
const { TCP, forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, called } = require('../support/wait');

/* Notes each call of a method; gives a function that undoes it. */
function patch(prototype, name, calls) {
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  const original = prototype[name];

  prototype[name] = function (...args) {
    calls.push(name);
    return original.apply(this, args);
  };

  return () => {
    delete prototype[name];
    if (own) Object.defineProperty(prototype, name, own);
  };
}

describe('[server-surface] points to override', function () {
  this.timeout(TEST_TIMEOUT_MS);

  it('has a shouldHandle that looks at the path alone', () => {
    const wss = new WebSocketServer({ noServer: true, path: '/a' });

    assert.strictEqual(wss.shouldHandle({ url: '/a' }), true);
    assert.strictEqual(wss.shouldHandle({ url: '/a?b' }), true);
    assert.strictEqual(wss.shouldHandle({ url: '/b?/a' }), false);
    assert.strictEqual(
      new WebSocketServer({ noServer: true }).shouldHandle({ url: '/x' }),
      true
    );
  });

  forEachTransport((transport) => {
    it('asks shouldHandle of an instance', async () => {
      const endpoint = await transport.listen();
      const asked = [];
      endpoint.wss.shouldHandle = (req) => {
        asked.push(req.url);
        return req.url.startsWith('/yes');
      };
      await endpoint.accepted({ path: '/yes/1' });
      const peer = await endpoint.raw();

      assert.match(await peer.upgrade({ path: '/no' }), / 400 Bad Request/);
      assert.deepStrictEqual(asked, ['/yes/1', '/no']);
    });

    it('calls handleUpgrade of an instance', async () => {
      const endpoint = await transport.listen();
      const { wss } = endpoint;
      const seen = [];
      wss.handleUpgrade = function (req, socket, head, cb) {
        seen.push([req instanceof http.IncomingMessage, `${head}`, this]);
        req.mark = 'overridden';
        WebSocketServer.prototype.handleUpgrade.call(
          this,
          req,
          socket,
          head,
          cb
        );
      };
      const { req } = await endpoint.accepted();

      assert.deepStrictEqual(seen, [[true, '', wss]]);
      assert.strictEqual(req.mark, 'overridden');
    });

    it('calls what was patched on the prototypes', async () => {
      const endpoint = await transport.listen();
      const seen = [];
      const restores = [
        [WebSocketServer.prototype, 'handleUpgrade'],
        [WebSocketServer.prototype, 'completeUpgrade'],
        [WebSocketServer.prototype, 'shouldHandle'],
        [WebSocket.prototype, 'setSocket']
      ].map(([prototype, name]) => patch(prototype, name, seen));

      try {
        await endpoint.accepted();
      } finally {
        for (const restore of restores) restore();
      }
      assert.deepStrictEqual(seen, [
        'handleUpgrade',
        'shouldHandle',
        'completeUpgrade',
        'setSocket'
      ]);
    });

    it('calls completeUpgrade with what it found out', async () => {
      const endpoint = await transport.listen();
      const { wss } = endpoint;
      let seen;
      wss.completeUpgrade = function (...args) {
        seen = [...args];
        seen[5] = Buffer.from(args[5]); // the frames in it are unmasked in place
        return WebSocketServer.prototype.completeUpgrade.apply(this, args);
      };
      const { req } = await endpoint.accepted({
        headers: { 'Sec-WebSocket-Protocol': 'p' },
        head: frames.text('head')
      });
      const [extensions, key, protocols, request, socket, head, cb] = seen;

      assert.strictEqual(seen.length, 7);
      assert.deepStrictEqual(extensions, {});
      assert.strictEqual(key, KEY);
      assert.deepStrictEqual(protocols, new Set(['p']));
      assert.strictEqual(request, req);
      assert.strictEqual(socket, req.socket);
      assert.ok(head.length === 0 || head.equals(frames.text('head')));
      assert.strictEqual(typeof cb, 'function');
    });

    it('makes the connections of the class given', async () => {
      class Sub extends WebSocket {
        constructor(...args) {
          super(...args);
          this.made = args;
          this.log = [];
          this.on('open', () => this.log.push('open', this.readyState));
        }

        send(data, ...rest) {
          super.send(`sub ${data}`, ...rest);
        }
      }
      const { wss, ws, peer } = await transport.open({ WebSocket: Sub });
      ws.send('x');

      assert.ok(ws instanceof Sub && ws instanceof WebSocket);
      assert.deepStrictEqual(ws.made.slice(0, 2), [null, undefined]);
      assert.strictEqual(ws.made[2], wss.options);
      assert.deepStrictEqual(ws.log, ['open', 1]);
      assert.strictEqual((await peer.nextFrame()).payload.toString(), 'sub x');
    });

    it('serves a subclass of the server', async () => {
      const endpoint = await transport.listen();
      class Sub extends WebSocketServer {
        shouldHandle(req) {
          return super.shouldHandle(req) && req.url !== '/no';
        }
      }
      Object.setPrototypeOf(endpoint.wss, Sub.prototype);
      await endpoint.accepted({ path: '/yes' });
      const peer = await endpoint.raw();

      assert.match(await peer.upgrade({ path: '/no' }), / 400 /);
    });

    it('lets emit be overridden', async () => {
      const endpoint = await transport.listen();
      const names = [];
      endpoint.wss.emit = function (name, ...args) {
        names.push(name);
        return WebSocketServer.prototype.emit.call(this, name, ...args);
      };
      const { ws, peer } = await endpoint.accepted();
      ws.emit = function (name, ...args) {
        names.push(`ws ${name}`);
        return WebSocket.prototype.emit.call(this, name, ...args);
      };
      peer.write(frames.text('x'), frames.ping());
      await peer.nextFrame();

      assert.ok(names.includes('headers'));
      assert.deepStrictEqual(names.slice(-2), ['ws message', 'ws ping']);
    });
  });

  forEachTransport((transport) => {
    it('has the sockets of its HTTP server for its own use', async () => {
      const endpoint = await transport.listen();
      const { wss } = endpoint;
      const server = wss._server || endpoint.httpServer;
      assert.strictEqual(server.listening, true);
      assert.strictEqual(server.address().port, endpoint.port);
      const { peer } = await endpoint.accepted();
      const [, count] = await called((done) => server.getConnections(done));

      assert.strictEqual(count, 1);
      peer.destroy();
    });
  }, TCP);

  describe('handleUpgrade by hand', () => {
    forEachTransport(
      (transport) => {
        it('calls back with the connection and the request', async () => {
          const endpoint = await transport.listen();
          const { wss, httpServer } = endpoint;
          wss.on('connection', () => assert.fail('emitted'));
          httpServer.removeAllListeners('upgrade');
          const upgraded = new Promise((resolve) => {
            httpServer.on('upgrade', (req, socket, head) => {
              const log = [];
              const result = wss.handleUpgrade(req, socket, head, (...args) => {
                log.push('callback');
                resolve({ args, req, log });
              });
              log.push(result);
            });
          });
          const peer = await endpoint.raw();
          const head = await peer.upgrade();
          const { args, req, log } = await upgraded;

          assert.deepStrictEqual(log, ['callback', undefined]);
          assert.strictEqual(args.length, 2);
          assert.ok(args[0] instanceof WebSocket);
          assert.strictEqual(args[1], req);
          assert.ok(head.includes(ACCEPT));
          assert.ok(wss.clients.has(args[0]));
          args[0].terminate();
        });

        it('refuses the same socket twice', async () => {
          const endpoint = await transport.listen();
          const { wss, httpServer } = endpoint;
          httpServer.removeAllListeners('upgrade');
          const failed = new Promise((resolve) => {
            httpServer.on('upgrade', (req, socket, head) => {
              wss.handleUpgrade(req, socket, head, (ws) => {
                wss.emit('connection', ws);
                try {
                  wss.handleUpgrade(req, socket, head, () => {});
                } catch (err) {
                  resolve(err);
                }
              });
            });
          });
          const { ws, peer } = await endpoint.accepted();

          assert.strictEqual(
            (await failed).message,
            'server.handleUpgrade() was called more than once with the same ' +
              'socket, possibly due to a misconfiguration'
          );
          ws.send('fine');
          assert.strictEqual(
            (await peer.nextFrame()).payload.toString(),
            'fine'
          );
        });

        it('answers 503 once the server is closed', async () => {
          const endpoint = await transport.listen();
          const { wss, httpServer } = endpoint;
          await called((done) => wss.close(done));
          httpServer.removeAllListeners('upgrade');
          httpServer.on('upgrade', (req, socket, head) => {
            wss.handleUpgrade(req, socket, head, () => assert.fail('called'));
          });
          const peer = await endpoint.raw();

          assert.match(
            await peer.upgrade(),
            /^HTTP\/1\.1 503 Service Unavailable\r\n/
          );
        });

        it('drops a socket that is destroyed already', async () => {
          const endpoint = await transport.listen();
          const { wss, httpServer } = endpoint;
          httpServer.removeAllListeners('upgrade');
          httpServer.on('upgrade', (req, socket, head) => {
            socket.destroy();
            wss.handleUpgrade(req, socket, head, () => assert.fail('called'));
          });
          const peer = await endpoint.raw();

          assert.strictEqual(await peer.upgrade(), '');
        });

        it('serves several servers behind one HTTP server', async () => {
          const endpoint = await transport.listen();
          const { wss, httpServer } = endpoint;
          const second = new WebSocketServer({ noServer: true });
          httpServer.removeAllListeners('upgrade');
          httpServer.on('upgrade', (req, socket, head) => {
            const target = req.url === '/second' ? second : wss;
            target.handleUpgrade(req, socket, head, (ws) => {
              ws.send(target === second ? 'second' : 'first');
            });
          });
          const one = await endpoint.upgraded({ path: '/first' });
          const two = await endpoint.upgraded({ path: '/second' });

          assert.strictEqual(
            (await one.nextFrame()).payload.toString(),
            'first'
          );
          assert.strictEqual(
            (await two.nextFrame()).payload.toString(),
            'second'
          );
          assert.strictEqual(wss.clients.size, 1);
          assert.strictEqual(second.clients.size, 1);
          for (const ws of second.clients) ws.terminate();
        });
      },
      ['noServer', 'duplex']
    );
  });
});
