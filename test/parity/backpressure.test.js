'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { TCP, forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, turns, until } = require('../support/wait');

const MIB = 1024 * 1024;

/* More than the kernel can hold between two sockets. */
const BLOCKING = 24;

/* Sends so much to a peer that does not read that the rest must wait. */
function block(ws, peer, onSent = () => {}) {
  peer.socket.pause();
  const big = Buffer.alloc(MIB, 'b');
  for (let i = 0; i < BLOCKING; i++) ws.send(big, onSent);
  return BLOCKING * (MIB + 10);
}

describe('back-pressure', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('counts what the peer did not take', async () => {
      const { ws, peer } = await transport.open();
      const total = block(ws, peer);
      await turns(3);

      assert.ok(ws.bufferedAmount > 0);
      assert.ok(ws.bufferedAmount <= total);
    });

    it('counts each frame exactly while it is blocked', async () => {
      const { ws, peer } = await transport.open();
      block(ws, peer);
      await turns(3);
      const steps = [
        [() => ws.send('12345'), 7],
        [() => ws.send(''), 2],
        [() => ws.send(Buffer.alloc(126)), 130],
        [() => ws.send(Buffer.alloc(65536)), 65546],
        [() => ws.ping('ping'), 6],
        [() => ws.pong(), 2],
        [() => ws.close(1000, 'bye'), 7],
        [() => ws.send('after close'), 11]
      ];

      for (const [act, size] of steps) {
        const before = ws.bufferedAmount;
        act();
        assert.strictEqual(ws.bufferedAmount, before + size, String(act));
      }
    });

    it('falls to zero once the peer has read all, in order', async () => {
      const { ws, peer } = await transport.open();
      const calls = [];
      block(ws, peer, (err) => calls.push(err ?? null));
      ws.send('last');
      await turns(3);
      const waiting = calls.length;
      assert.ok(waiting < BLOCKING);
      peer.socket.resume();
      const got = await peer.nextFrames(BLOCKING + 1);
      await until(() => ws.bufferedAmount === 0, 'an empty buffer');

      assert.strictEqual(got[BLOCKING].payload.toString(), 'last');
      assert.ok(
        got.slice(0, -1).every(({ payload }) => payload.length === MIB)
      );
      assert.deepStrictEqual(calls, Array(BLOCKING).fill(null));
    });

    it('stays usable after it was blocked', async () => {
      const { ws, peer } = await transport.open();
      ws.on('message', (data) => ws.send(data));
      block(ws, peer);
      await turns(3);
      peer.write(frames.binary('through'));
      await nextEvent(ws, 'message');
      peer.socket.resume();
      const got = await peer.nextFrames(BLOCKING + 1);

      assert.strictEqual(got.at(-1).payload.toString(), 'through');
    });

    it('delivers all before the close frame, however slow the peer', async () => {
      const { ws, peer } = await transport.open();
      const closed = nextEvent(ws, 'close');
      block(ws, peer);
      ws.close(1000);
      await turns(3);
      peer.socket.resume();
      const got = await peer.nextFrames(BLOCKING + 1);
      peer.write(frames.close(1000));
      await peer.ended();
      peer.end();

      assert.strictEqual(got.at(-1).code, 1000);
      assert.strictEqual((await closed)[0], 1000);
    });

    it('can be terminated while it is blocked', async () => {
      const { ws, peer } = await transport.open();
      const closed = nextEvent(ws, 'close');
      block(ws, peer);
      await turns(3);
      ws.terminate();

      assert.strictEqual((await closed)[0], 1006);
    });

    it('loses nothing if a buffer is refilled in its callback', async () => {
      const { ws, peer } = await transport.open();
      const buffer = Buffer.alloc(MIB);
      peer.socket.pause();
      const sent = (async () => {
        for (let i = 0; i < BLOCKING; i++) {
          buffer.fill(i);
          await new Promise((resolve) => ws.send(buffer, resolve));
        }
      })();
      await turns(10);
      peer.socket.resume();
      const got = await peer.nextFrames(BLOCKING);
      await sent;

      got.forEach(({ payload }, i) => {
        assert.ok(payload.equals(Buffer.alloc(MIB, i)), `message ${i}`);
      });
    });
  });

  forEachTransport((transport) => {
    it('counts nothing for what the kernel takes at once', async () => {
      const { ws, peer } = await transport.open();

      for (const data of ['', 'x', 'y'.repeat(1000), Buffer.alloc(20000)]) {
        ws.send(data);
        assert.strictEqual(ws.bufferedAmount, 0);
      }
      ws.ping();
      assert.strictEqual(ws.bufferedAmount, 0);
      assert.strictEqual((await peer.nextFrames(5)).length, 5);
    });

    it('counts nothing more once it is closed', async () => {
      const { ws, peer } = await transport.open();
      const closed = nextEvent(ws, 'close');
      block(ws, peer);
      await turns(3);
      ws.terminate();
      await closed;

      assert.strictEqual(ws.bufferedAmount, 0);
    });

    it('is zero in the callback of the last send', async () => {
      const { ws, peer } = await transport.open();
      block(ws, peer);
      const amount = new Promise((resolve) => {
        ws.send('last', () => resolve(ws.bufferedAmount));
      });
      peer.socket.resume();

      assert.strictEqual(await amount, 0);
    });
  }, TCP);
});
