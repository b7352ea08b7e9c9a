'use strict';

const assert = require('node:assert');

const { readTotals } = require('../../lib/hub-totals');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, until } = require('../support/wait');

const HEADER = 2; // of a short frame of a server
const MASK = 4;

describe('the totals of a server', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('count messages, payload and bytes', async () => {
      const { wss, client, ws } = await transport.pair();
      const before = readTotals(wss._hub);
      const echoed = nextEvent(client, 'message');

      ws.on('message', (data) => ws.send(data));
      client.send('12345');
      await echoed;
      ws.pong();
      wss.broadcast(Buffer.alloc(10));
      await until(
        () => readTotals(wss._hub).queued === 0,
        'everything to be written'
      );
      const after = readTotals(wss._hub);

      assert.deepStrictEqual(
        Object.fromEntries(
          Object.entries(after).map(([name, value]) => [
            name,
            value - before[name]
          ])
        ),
        {
          opened: 0,
          open: 0,
          messagesIn: 1,
          messagesOut: 2,
          payloadIn: 5,
          payloadOut: 15,
          bytesIn: HEADER + MASK + 5,
          bytesOut: HEADER + 5 + HEADER + HEADER + 10,
          deflatedFrom: 0,
          deflatedTo: 0,
          silent: 0,
          queued: 0
        }
      );
    });

    it('count connections as they come and go', async () => {
      const endpoint = await transport.listen();
      const pairs = [await endpoint.connected(), await endpoint.connected()];
      const counts = () => {
        const { opened, open } = readTotals(endpoint.wss._hub);
        return [opened, open];
      };

      assert.deepStrictEqual(counts(), [2, 2]);
      pairs[0].ws.terminate();
      assert.deepStrictEqual(counts(), [2, 1]);
      pairs[1].client.close();
      await nextEvent(pairs[1].ws, 'close');
      assert.deepStrictEqual(counts(), [2, 0]);
    });

    it('tell what compression saves', async () => {
      const endpoint = await transport.listen({ perMessageDeflate: true });
      const { client, ws, wss } = await endpoint.connected('/', [], {
        perMessageDeflate: true
      });
      const text = 'again and '.repeat(10000);
      let count = 0;

      client.on('message', () => count++);
      ws.send(text);
      ws.send('x'.repeat(2000));
      wss.broadcast(text);
      await until(() => count === 3, 'all messages');
      const { deflatedFrom, deflatedTo, messagesOut, payloadOut } = readTotals(
        wss._hub
      );

      assert.strictEqual(messagesOut, 3);
      assert.strictEqual(payloadOut, 2 * text.length + 2000);
      assert.ok(deflatedFrom >= text.length + 2000, `${deflatedFrom}`);
      assert.ok(deflatedTo * 10 < deflatedFrom, `${deflatedTo}`);
    });
  });
});
