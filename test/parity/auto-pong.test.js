'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  nextEvent,
  nextEvents,
  turns
} = require('../support/wait');

/* Fills what the kernel holds, so that no pong can be written out. */
function block(ws, peer) {
  peer.socket.pause();
  const big = Buffer.alloc(1024 * 1024);
  for (let i = 0; i < 24; i++) ws.send(big);
}

describe('[server-surface] automatic pongs', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('sends none with autoPong false', async () => {
      const { ws, peer } = await transport.open({ autoPong: false });
      const ping = nextEvent(ws, 'ping');
      peer.write(frames.ping('p'));
      assert.deepStrictEqual(await ping, [Buffer.from('p')]);
      ws.pong('by hand');

      assert.strictEqual(
        (await peer.nextFrame()).payload.toString(),
        'by hand'
      );
    });

    it('terminates when 60 wait and another ping comes', async () => {
      const { ws, peer } = await transport.open();
      ws.on('error', () => assert.fail('an error'));
      block(ws, peer);
      await turns(3);
      const pings = nextEvents(ws, 'ping', 60);
      for (let i = 0; i < 60; i++) peer.write(frames.ping());
      await pings;
      assert.strictEqual(ws.readyState, 1);
      const last = nextEvent(ws, 'ping');
      const closed = nextEvent(ws, 'close');
      peer.write(frames.ping('one more'));

      assert.deepStrictEqual(await last, [Buffer.from('one more')]);
      assert.strictEqual((await closed)[0], 1006);
    });

    it('has the limit as an option', async () => {
      const { ws, peer } = await transport.open({ maxPendingAutoPongs: 2 });
      block(ws, peer);
      await turns(3);
      const pings = nextEvents(ws, 'ping', 2);
      peer.write(frames.ping(), frames.ping());
      await pings;
      assert.strictEqual(ws.readyState, 1);
      const closed = nextEvent(ws, 'close');
      peer.write(frames.ping());

      assert.strictEqual((await closed)[0], 1006);
    });

    it('has no limit with 0', async () => {
      const { ws, peer } = await transport.open({ maxPendingAutoPongs: 0 });
      block(ws, peer);
      await turns(3);
      const pings = nextEvents(ws, 'ping', 500);
      peer.write(...Array(500).fill(frames.ping()));
      await pings;

      assert.strictEqual(ws.readyState, 1);
    });

    it('forgets those that were written', async () => {
      const { ws, peer } = await transport.open({ maxPendingAutoPongs: 3 });
      for (let i = 0; i < 50; i++) {
        peer.write(frames.ping(`${i}`));
        assert.strictEqual((await peer.nextFrame()).payload.toString(), `${i}`);
      }
      assert.strictEqual(ws.readyState, 1);
    });

    it('terminates for a chunk of more pings than may wait', async () => {
      const { ws, peer } = await transport.open({ maxPendingAutoPongs: 3 });
      const pings = nextEvents(ws, 'ping', 10);
      const closed = nextEvent(ws, 'close');
      peer.write(...Array(10).fill(frames.ping()));

      assert.strictEqual((await pings).length, 10);
      assert.strictEqual((await closed)[0], 1006);
    });
  });
});
