'use strict';

/* What can happen to TLS below a client: its server is reached through a relay,
 * which may say anything on the plain socket. */

const assert = require('node:assert');
const net = require('node:net');

const {
  forEachClientTransport,
  listen,
  makeClient
} = require('../support/client-transports');
const { itSurvives } = require('../support/echo-client');
const { HOST, onRelease } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

/* A client of the server of those clients, and the plain socket before it. */
async function connect({ server }) {
  const { port } = new URL(server.url('/'));
  const relay = await listen(
    net.createServer({ allowHalfOpen: true, noDelay: true }),
    0,
    HOST
  );
  const relayed = nextEvent(relay, 'connection');
  const client = makeClient({
    url: () => `wss://${HOST}:${relay.address().port}/`,
    options: { rejectUnauthorized: false }
  });
  const errors = [];
  const closed = nextEvent(client, 'close');
  const opened = nextEvent(client, 'open');

  client.on('error', (err) => errors.push(err));
  const [below] = await relayed;
  const above = net.connect({ port, host: HOST, allowHalfOpen: true });
  onRelease(() => above.destroy());
  below.on('data', (data) => above.write(data));
  above.on('data', (data) => below.write(data));
  above.on('error', () => {});
  const peer = await server.upgraded();
  await opened;
  return { above, below, client, closed, errors, peer };
}

async function assertEnds({ closed, errors }) {
  assert.strictEqual((await closed)[0], 1006);
  assert.deepStrictEqual(errors, []);
}

describe('TLS below a client', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport(
    (transport) => {
      itSurvives(transport, 'a FIN without close_notify', async (_, all) => {
        const one = await connect(all);
        one.below.end();
        await assertEnds(one);
      });

      itSurvives(transport, 'a close_notify without a FIN', async (_, all) => {
        const one = await connect(all);
        one.peer.end();
        await assertEnds(one);
      });

      itSurvives(transport, 'bytes behind close_notify', async (_, all) => {
        const one = await connect(all);
        const ended = nextEvent(one.above, 'end');
        one.peer.end();
        await ended;
        one.below.write(Buffer.alloc(1000, 0x17));
        await assertEnds(one);
      });

      itSurvives(transport, 'bytes that are no record', async (_, all) => {
        const one = await connect(all);
        one.below.write(Buffer.alloc(1000, 'x'));
        await assertEnds(one);
      });

      itSurvives(transport, 'half a record, then a RST', async (_, all) => {
        const one = await connect(all);
        one.below.write(Buffer.from('1703030100aabbcc', 'hex'));
        one.below.resetAndDestroy();
        await assertEnds(one);
      });

      itSurvives(transport, 'a RST with much on the way', async (_, all) => {
        const one = await connect(all);
        one.above.pause();
        for (let i = 0; i < 8; i++) one.client.send(Buffer.alloc(1 << 20));
        one.below.resetAndDestroy();
        await assertEnds(one);
        assert.strictEqual(one.client.bufferedAmount, 0);
      });
    },
    ['tls']
  );
});
