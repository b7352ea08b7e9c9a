'use strict';

const assert = require('node:assert');

const { WebSocket } = require('../support/implementation');
const { eventsOf } = require('../support/record');
const { forEachTransport, onRelease } = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  nextEvent,
  nextEvents,
  until
} = require('../support/wait');

/* Sends everything back. */
function echo(ws) {
  ws.on('error', () => {});
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
}

/* A client of the implementation at a server of the same. */
function connect(endpoint, options, protocols) {
  const client = new WebSocket(endpoint.url('/path?query'), protocols, {
    rejectUnauthorized: false,
    ...endpoint.transport.clientOptions(endpoint),
    ...options
  });
  onRelease(() => {
    client.on('error', () => {});
    client.terminate();
  });
  return client;
}

describe('[client] at a server of the same library', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('agrees on a subprotocol and tells the server who it is', async () => {
      const endpoint = await transport.listen();
      const connection = nextEvent(endpoint.wss, 'connection');
      const client = connect(
        endpoint,
        { origin: 'o', headers: { 'X-A': 'b' } },
        ['p', 'q']
      );
      const opened = nextEvent(client, 'open');
      const [ws, req] = await connection;
      await opened;

      assert.strictEqual(client.protocol, 'p');
      assert.strictEqual(ws.protocol, 'p');
      assert.strictEqual(req.url, '/path?query');
      assert.strictEqual(req.headers.origin, 'o');
      assert.strictEqual(req.headers['x-a'], 'b');
      assert.strictEqual(ws.url, undefined);
    });

    for (const perMessageDeflate of [false, true]) {
      it(`echoes, perMessageDeflate ${perMessageDeflate}`, async () => {
        const endpoint = await transport.listen({ perMessageDeflate }, echo);
        const client = connect(endpoint);
        await nextEvent(client, 'open');
        const sizes = [0, 1, 125, 126, 65535, 65536, 300000];
        const got = nextEvents(client, 'message', sizes.length * 2);
        for (const size of sizes) {
          client.send('t'.repeat(size));
          client.send(Buffer.alloc(size, 'b'));
        }
        const seen = await got;

        assert.strictEqual(
          client.extensions,
          perMessageDeflate ? 'permessage-deflate' : ''
        );
        assert.deepStrictEqual(
          seen.map(([data, isBinary]) => [data.length, isBinary]),
          sizes.flatMap((size) => [
            [size, false],
            [size, true]
          ])
        );
      });
    }

    it('closes with it, whoever begins', async () => {
      for (const beginner of ['client', 'ws']) {
        const endpoint = await transport.listen();
        const connection = nextEvent(endpoint.wss, 'connection');
        const client = connect(endpoint);
        const opened = nextEvent(client, 'open');
        const [ws] = await connection;
        await opened;
        const ends = [eventsOf(client), eventsOf(ws)];
        ({ client, ws })[beginner].close(4000, 'reason');
        const closed = [['close', 4000, 'reason', 3]];

        assert.deepStrictEqual(await Promise.all(ends), [closed, closed]);
      }
    });

    it('pings and pongs', async () => {
      const endpoint = await transport.listen({}, (ws) => ws.ping('server'));
      const client = connect(endpoint);
      const ping = nextEvent(client, 'ping');
      await nextEvent(client, 'open');
      const pong = nextEvent(client, 'pong');
      client.ping('client');

      assert.strictEqual(String((await ping)[0]), 'server');
      assert.strictEqual(String((await pong)[0]), 'client');
    });

    it('is told why it is refused', async () => {
      const endpoint = await transport.listen({
        verifyClient: (info, cb) => cb(false, 418, 'short and stout')
      });
      const client = connect(endpoint);

      assert.deepStrictEqual(await eventsOf(client), [
        ['error', 'Unexpected server response: 418', 2],
        ['close', 1006, '', 3]
      ]);
    });

    it('comes in numbers', async () => {
      const endpoint = await transport.listen({}, echo);
      const texts = Array.from({ length: 100 }, (_, i) => `client ${i}`);
      const seen = await Promise.all(
        texts.map(async (text) => {
          const client = connect(endpoint);
          await nextEvent(client, 'open');
          client.send(text);
          const [data] = await nextEvent(client, 'message');
          client.close();
          await nextEvent(client, 'close');
          return String(data);
        })
      );

      assert.deepStrictEqual(seen, texts);
      await until(() => endpoint.wss.clients.size === 0, 'the ends');
    });
  });
});
