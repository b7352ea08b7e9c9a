'use strict';

const assert = require('node:assert');
const { AsyncLocalStorage } = require('node:async_hooks');

const frames = require('../support/frames');
const { TCP, forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');

describe('[server-surface] the async context', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('of a message is not that of who wrote or of another', async () => {
      const storage = new AsyncLocalStorage();
      const seen = [];
      const endpoint = await transport.listen({}, (ws) => {
        ws.on('message', (data) => seen.push([`${data}`, storage.getStore()]));
      });
      const one = await endpoint.upgraded();
      const two = await endpoint.upgraded();
      one.write(frames.text('1'), frames.ping());
      await one.nextFrame();
      two.write(frames.text('2'), frames.ping());
      await two.nextFrame();

      assert.deepStrictEqual(seen, [
        ['1', undefined],
        ['2', undefined]
      ]);
    });

    it('does not leak from one listener to the next', async () => {
      const { ws, peer } = await transport.open();
      const storage = new AsyncLocalStorage();
      const seen = [];
      ws.on('message', (data) => {
        seen.push(storage.getStore());
        if (`${data}` === '1') storage.run('inner', () => seen.push('run'));
      });
      peer.write(frames.text('1'), frames.text('2'), frames.ping());
      await peer.nextFrame();

      assert.deepStrictEqual(seen, [undefined, 'run', undefined]);
    });
  });

  forEachTransport((transport) => {
    it('of a callback of send is that of the send', async () => {
      const { ws } = await transport.open();
      const storage = new AsyncLocalStorage();
      const send = (name) =>
        storage.run(
          name,
          () =>
            new Promise((resolve) => {
              ws.send(name, () => resolve(storage.getStore()));
            })
        );

      assert.deepStrictEqual(await Promise.all(['a', 'b', 'c'].map(send)), [
        'a',
        'b',
        'c'
      ]);
    });
  }, TCP);

  forEachTransport(
    (transport) => {
      it('belongs to the connection: what was entered stays as in node', async () => {
        const storage = new AsyncLocalStorage();
        // From Node 24 on a context is no property of a resource.
        const entered = (name) =>
          'kResourceStore' in storage ? name : undefined;
        const seen = [];
        const endpoint = await transport.listen({}, (ws) => {
          ws.on('message', (data) => {
            seen.push([`${data}`, storage.getStore()]);
            storage.enterWith(`entered at ${data}`);
          });
        });
        const one = await endpoint.upgraded();
        const two = await endpoint.upgraded();
        for (const [peer, data] of [
          [one, '1'],
          [two, '2'],
          [one, '3'],
          [two, '4']
        ]) {
          peer.write(frames.text(data), frames.ping());
          await peer.nextFrame();
        }

        assert.deepStrictEqual(seen, [
          ['1', undefined],
          ['2', undefined],
          ['3', entered('entered at 1')],
          ['4', entered('entered at 2')]
        ]);
      });
    },
    [...TCP, 'https']
  );
});
