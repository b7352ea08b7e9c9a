'use strict';

const assert = require('node:assert');

const { forEachClientTransport } = require('../support/client-transports');
const { upgradeResponse } = require('../support/hostile-server');
const { WebSocket } = require('../support/implementation');
const { eventsOf } = require('../support/record');
const {
  TEST_TIMEOUT_MS,
  called,
  nextEvent,
  turns
} = require('../support/wait');

const ABORTED = [
  ['error', 'WebSocket was closed before the connection was established', 2],
  ['close', 1006, '', 3]
];

describe('[client] while it is connecting', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport((transport) => {
    for (const method of ['close', 'terminate']) {
      describe(`${method}()`, () => {
        it('fails the handshake in the next tick', async () => {
          const server = await transport.hostile();
          const client = server.client();
          const events = eventsOf(client);
          let isOver = false;
          client.on('close', () => (isOver = true));
          client[method]();

          assert.strictEqual(client.readyState, 2);
          assert.strictEqual(isOver, false);
          assert.deepStrictEqual(await events, ABORTED);
        });

        it('fails it when the request is out', async () => {
          const server = await transport.hostile();
          const client = server.client();
          const events = eventsOf(client);
          const peer = await server.requested();
          client[method]();

          assert.deepStrictEqual(await events, ABORTED);
          await peer.ended();
        });

        it('fails it when half of the response is there', async () => {
          const server = await transport.hostile();
          const client = server.client();
          const events = eventsOf(client);
          const peer = await server.requested();
          peer.write('HTTP/1.1 101 Switching');
          await turns(3);
          client[method]();

          assert.deepStrictEqual(await events, ABORTED);
          await peer.ended();
        });

        it('fails it in finishRequest', async () => {
          const server = await transport.hostile();
          const client = server.client([], {
            finishRequest: (req, websocket) => websocket[method]()
          });

          assert.strictEqual(client.readyState, 2);
          assert.deepStrictEqual(await eventsOf(client), ABORTED);
        });

        it('fails it in a listener of upgrade', async () => {
          const server = await transport.hostile();
          const client = server.client();
          const events = eventsOf(client);
          client.on('upgrade', () => client[method]());
          const peer = await server.upgraded();

          assert.deepStrictEqual(await events, ABORTED);
          await peer.ended();
        });

        it('fails it in a listener of unexpected-response', async () => {
          const server = await transport.hostile();
          const client = server.client();
          const events = eventsOf(client);
          client.on('unexpected-response', () => client[method]());
          const peer = await server.requested();
          peer.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n');

          assert.deepStrictEqual(await events, ABORTED);
          await peer.ended();
        });

        it('does nothing more the second time', async () => {
          const server = await transport.hostile();
          const client = server.client();
          const events = eventsOf(client);
          client[method]();
          client[method]();
          client.on('error', () => client[method]());
          client.on('close', () => client[method]());

          assert.deepStrictEqual(await events, ABORTED);
          await turns(3);
          assert.strictEqual(client.readyState, 3);
        });

        it('ignores a response that is on its way', async () => {
          const server = await transport.hostile();
          const client = server.client();
          const events = eventsOf(client, [
            'upgrade',
            'open',
            'error',
            'close'
          ]);
          const peer = await server.requested();
          peer.write(upgradeResponse(peer.request));
          client[method]();

          assert.deepStrictEqual(await events, ABORTED);
        });
      });
    }

    it('checks no argument of close()', async () => {
      const server = await transport.hostile();
      const client = server.client();
      const events = eventsOf(client);
      client.close(1, 7);

      assert.deepStrictEqual(await events, ABORTED);
    });

    it('can be broken off by a signal', async () => {
      const server = await transport.hostile();
      const controller = new AbortController();
      const client = server.client([], { signal: controller.signal });
      const events = eventsOf(client);
      const peer = await server.requested();
      controller.abort();

      assert.deepStrictEqual(await events, [
        ['error', 'The operation was aborted', 2],
        ['close', 1006, '', 3]
      ]);
      await peer.ended();
    });

    it('can be broken off by a signal from the start', async () => {
      const server = await transport.hostile();
      const client = server.client([], { signal: AbortSignal.abort() });

      assert.deepStrictEqual(await eventsOf(client), [
        ['error', 'The operation was aborted', 2],
        ['close', 1006, '', 3]
      ]);
    });

    it('refuses a signal that is none', async () => {
      const server = await transport.hostile();
      assert.throws(() => server.client([], { signal: 'now' }), {
        code: 'ERR_INVALID_ARG_TYPE'
      });
    });

    for (const method of ['send', 'ping', 'pong']) {
      it(`throws in ${method}()`, async () => {
        const server = await transport.hostile();
        const client = server.client();

        assert.throws(() => client[method]('x'), {
          name: 'Error',
          message: 'WebSocket is not open: readyState 0 (CONNECTING)'
        });
      });
    }

    it('ignores pause() and resume()', async () => {
      const server = await transport.hostile();
      const client = server.client();
      client.pause();
      assert.strictEqual(client.isPaused, false);
      client.resume();
      assert.strictEqual(client.isPaused, false);
    });

    it('has these properties', async () => {
      const server = await transport.hostile();
      const client = server.client(['a'], {}, '/x');

      assert.strictEqual(client.readyState, 0);
      assert.strictEqual(client.protocol, '');
      assert.strictEqual(client.extensions, '');
      assert.strictEqual(client.bufferedAmount, 0);
      assert.strictEqual(client.binaryType, 'nodebuffer');
      assert.strictEqual(client.url, server.url('/x'));
      assert.strictEqual(client._socket, null);
      assert.strictEqual(client._isServer, false);
    });

    it('sends nothing once it has failed, but counts it', async () => {
      const server = await transport.hostile();
      const client = server.client();
      client.on('error', () => {});
      const closed = nextEvent(client, 'close');
      client.close();
      const [err] = await called((cb) => client.send('five!', cb));
      await closed;
      const [later] = await called((cb) => client.ping(Buffer.alloc(3), cb));

      assert.strictEqual(
        err.message,
        'WebSocket is not open: readyState 2 (CLOSING)'
      );
      assert.strictEqual(
        later.message,
        'WebSocket is not open: readyState 3 (CLOSED)'
      );
      assert.strictEqual(client.bufferedAmount, 8);
    });

    it('has a stack that begins where it was called', async () => {
      const server = await transport.hostile();
      const client = server.client();
      const failed = nextEvent(client, 'error');
      client.close();
      const [err] = await failed;

      assert.match(err.stack, /\n.*client-abort\.test\.js/);
    });
  });

  it('does not wait for a socket that never comes', async () => {
    const client = new WebSocket('ws://localhost', { lookup: () => {} });
    const events = eventsOf(client);
    client.terminate();

    assert.deepStrictEqual(await events, ABORTED);
  });
});
