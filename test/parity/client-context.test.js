'use strict';

const assert = require('node:assert');
const { AsyncLocalStorage } = require('node:async_hooks');
const http = require('node:http');

const {
  ClientTransport,
  forEachClientTransport
} = require('../support/client-transports');
const frames = require('../support/frames');
const { WebSocket } = require('../support/implementation');
const { onRelease, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

const bare = { mask: false };

/* Listens to the events, in a context of its own; gives what each saw. */
function contextsOf(client, storage, names) {
  const seen = {};
  storage.run('where it was listened', () => {
    for (const name of names) {
      client.on(name, () => {
        seen[name] = storage.getStore();
      });
    }
  });
  return seen;
}

describe('[client] the async context', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport(
    (transport) => {
      it('of the events is that of the making', async () => {
        const storage = new AsyncLocalStorage();
        const server = await transport.hostile();
        const client = storage.run('made', () => server.client());
        const names = ['upgrade', 'open', 'message', 'ping', 'pong', 'close'];
        const seen = contextsOf(client, storage, names);
        const closed = nextEvent(client, 'close');
        const peer = await server.upgraded();
        await nextEvent(client, 'open');
        peer.write(
          frames.text('x', bare),
          frames.ping('', bare),
          frames.pong('', bare)
        );
        await peer.nextFrame();
        peer.write(frames.close(1000, '', bare));
        await peer.ended();
        peer.end();
        await closed;

        assert.deepStrictEqual(
          seen,
          Object.fromEntries(names.map((name) => [name, 'made']))
        );
      });

      it('of each client is its own', async () => {
        const storage = new AsyncLocalStorage();
        const server = await transport.serve({}, (socket) => {
          socket.on('message', (data) => socket.send(data));
        });
        const names = Array.from({ length: 10 }, (_, i) => `client ${i}`);
        const seen = await Promise.all(
          names.map((name) =>
            storage.run(
              name,
              () =>
                new Promise((resolve) => {
                  const client = server.client();
                  client.on('open', () => client.send(name));
                  client.on('message', (data) =>
                    resolve([`${data}`, storage.getStore()])
                  );
                })
            )
          )
        );

        assert.deepStrictEqual(
          seen,
          names.map((name) => [name, name])
        );
      });

      it('of a callback of send is that of the send', async () => {
        const storage = new AsyncLocalStorage();
        const { client } = await transport.open();
        const store = await storage.run(
          'sent',
          () =>
            new Promise((resolve) => {
              client.send('x', () => resolve(storage.getStore()));
            })
        );

        assert.strictEqual(store, 'sent');
      });

      it('of giving up is that of who gives up', async () => {
        const storage = new AsyncLocalStorage();
        const server = await transport.hostile();
        const client = storage.run('made', () => server.client());
        const seen = contextsOf(client, storage, ['error', 'close']);
        const closed = nextEvent(client, 'close');
        storage.run('given up', () => client.close());
        await closed;

        assert.deepStrictEqual(seen, { error: 'given up', close: 'given up' });
      });
    },
    ['tcp', 'unix', 'tls']
  );

  describe('over any way', () => {
    afterEach(releaseAll);

    const transport = new ClientTransport('tcp');

    it('of a failure is that of the making', async () => {
      const storage = new AsyncLocalStorage();
      const client = storage.run(
        'made',
        () => new WebSocket('ws+unix:/nowhere/to/be/found')
      );
      const seen = contextsOf(client, storage, ['error', 'close']);
      await nextEvent(client, 'close');

      assert.deepStrictEqual(seen, { error: 'made', close: 'made' });
    });

    it('is that of the making on a connection that was kept', async () => {
      const storage = new AsyncLocalStorage();
      const agent = new http.Agent({ keepAlive: true });
      onRelease(() => agent.destroy());
      const server = await transport.serve({}, (socket) => socket.send('x'));
      server.on('request', (req, res) => res.end());
      const { port } = new URL(server.url('/'));
      await storage.run('earlier', async () => {
        const get = { agent, host: '127.0.0.1', port };
        http.get(get, (res) => res.resume());
        await nextEvent(agent, 'free');
      });
      const client = storage.run('made', () => server.client([], { agent }));
      const seen = contextsOf(client, storage, ['open', 'message']);
      await nextEvent(client, 'message');

      assert.deepStrictEqual(seen, { open: 'made', message: 'made' });
    });
  });
});
