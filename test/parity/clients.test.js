'use strict';

const assert = require('node:assert');

const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

describe('the set of clients', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('is an empty Set at first', async () => {
      const { wss } = await transport.listen();

      assert.ok(wss.clients instanceof Set);
      assert.strictEqual(wss.clients.size, 0);
    });

    it('has the connection when connection is emitted', async () => {
      let had;
      const endpoint = await transport.listen({}, (ws) => {
        had = endpoint.wss.clients.has(ws);
      });
      await endpoint.accepted();

      assert.strictEqual(had, true);
    });

    it('has it no more when its close is emitted', async () => {
      const { wss, ws, peer } = await transport.open();
      const had = new Promise((resolve) => {
        ws.on('close', () => resolve(wss.clients.has(ws)));
      });
      peer.destroy();

      assert.strictEqual(await had, false);
    });

    it('still has it while it is closing', async () => {
      const { wss, ws } = await transport.open();
      ws.close();

      assert.strictEqual(ws.readyState, 2);
      assert.ok(wss.clients.has(ws));
    });

    it('keeps the order of connecting', async () => {
      const endpoint = await transport.listen();
      const order = [];
      for (let i = 0; i < 4; i++) order.push((await endpoint.accepted()).ws);

      assert.deepStrictEqual([...endpoint.wss.clients], order);
      order[1].terminate();
      await nextEvent(order[1], 'close');
      assert.deepStrictEqual(
        [...endpoint.wss.clients],
        [order[0], order[2], order[3]]
      );
    });

    it('serves the broadcast of the lessons', async () => {
      const endpoint = await transport.listen();
      const peers = [];
      for (let i = 0; i < 4; i++) peers.push((await endpoint.accepted()).peer);
      endpoint.wss.clients.forEach((ws) => {
        if (ws.readyState === ws.OPEN) ws.send('to all');
      });

      for (const peer of peers) {
        assert.strictEqual(
          (await peer.nextFrame()).payload.toString(),
          'to all'
        );
      }
    });

    it('lets the application hang what it likes on a connection', async () => {
      const { wss, ws } = await transport.open();
      ws.isAlive = true;
      ws.user = { name: 'someone' };

      for (const one of wss.clients) {
        assert.strictEqual(one.isAlive, true);
        assert.strictEqual(one.user, ws.user);
      }
    });
  });
});
