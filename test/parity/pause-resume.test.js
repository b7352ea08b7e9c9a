'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  nextEvent,
  nextEvents,
  turns,
  until
} = require('../support/wait');

describe('[server-surface] pause and resume', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('tells whether it is paused', async () => {
      const { ws } = await transport.open();
      assert.strictEqual(ws.isPaused, false);
      assert.strictEqual(ws.pause(), undefined);
      assert.strictEqual(ws.isPaused, true);
      ws.pause();
      assert.strictEqual(ws.isPaused, true);
      assert.strictEqual(ws.resume(), undefined);
      assert.strictEqual(ws.isPaused, false);
    });

    it('does nothing once it is closed', async () => {
      const { ws } = await transport.open();
      ws.terminate();
      await nextEvent(ws, 'close');
      ws.pause();
      assert.strictEqual(ws.isPaused, false);
      ws.resume();
      assert.strictEqual(ws.isPaused, false);
    });

    it('can be paused and resumed while it is closing', async () => {
      const { ws, peer } = await transport.open();
      ws.close();
      ws.pause();
      assert.strictEqual(ws.isPaused, true);
      ws.resume();
      assert.strictEqual(ws.isPaused, false);
      const closed = nextEvent(ws, 'close');
      peer.write(frames.close(1000));
      await peer.framesToEnd();
      peer.end();

      assert.strictEqual((await closed)[0], 1000);
    });

    it('emits nothing that comes later until it is resumed', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      for (const name of ['message', 'ping', 'pong']) {
        ws.on(name, (data) => log.push(`${name} ${data}`));
      }
      ws.pause();
      peer.write(frames.text('1'), frames.ping('2'), frames.pong('3'));
      await turns(20);
      assert.deepStrictEqual(log, []);
      ws.resume();
      await until(() => log.length === 3, 'the events');

      assert.deepStrictEqual(log, ['message 1', 'ping 2', 'pong 3']);
    });

    it('tells a chunk to its end if paused inside it', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      ws.on('message', (data) => {
        log.push(String(data));
        ws.pause();
      });
      const [last] = [nextEvents(ws, 'message', 3)];
      peer.write(frames.text('1'), frames.text('2'), frames.text('3'));
      await last;
      peer.write(frames.text('4'));
      await turns(20);
      assert.deepStrictEqual(log, ['1', '2', '3']);
      const next = nextEvent(ws, 'message');
      ws.resume();
      await next;

      assert.deepStrictEqual(log, ['1', '2', '3', '4']);
    });

    it('loses nothing of much data over many pauses', async () => {
      const { ws, peer } = await transport.open();
      const total = 2000;
      const sent = Array.from({ length: total }, (_, i) => `${i} `.repeat(200));
      const got = [];
      const done = new Promise((resolve) => {
        ws.on('message', (data) => {
          got.push(String(data));
          if (got.length === total) resolve();
          if (got.length % 100 === 0) {
            ws.pause();
            setImmediate(() => ws.resume());
          }
        });
      });
      for (const one of sent) peer.write(frames.text(one));
      await done;

      assert.deepStrictEqual(got, sent);
    });

    it('can still send while it is paused', async () => {
      const { ws, peer } = await transport.open();
      ws.pause();
      ws.send('out');

      assert.strictEqual((await peer.nextFrame()).payload.toString(), 'out');
    });

    it('holds the peer back', async () => {
      const { ws, peer } = await transport.open();
      ws.pause();
      const big = frames.binary(Buffer.alloc(1024 * 1024));
      for (let i = 0; i < 24; i++) peer.write(big);
      await turns(50);
      assert.ok(peer.socket.writableLength > 0);
      const messages = nextEvents(ws, 'message', 24);
      ws.resume();

      assert.strictEqual((await messages).length, 24);
    });

    it('tells what had come before the close when terminated', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      ws.on('message', (data) => log.push(`message ${data}`));
      ws.on('close', () => log.push('close'));
      const closed = nextEvent(ws, 'close');
      ws.pause();
      peer.write(frames.text('1'));
      await turns(20);
      ws.terminate();
      await closed;

      assert.strictEqual(log.at(-1), 'close');
      assert.ok(log.length <= 2);
    });

    it('sees a close frame only once it is resumed', async () => {
      const { ws, peer } = await transport.open();
      const closed = nextEvent(ws, 'close');
      ws.pause();
      peer.write(frames.text('1'), frames.close(1001));
      await turns(20);
      assert.strictEqual(ws.readyState, 1);
      const message = nextEvent(ws, 'message');
      ws.resume();
      await message;
      await peer.framesToEnd();
      peer.end();

      assert.strictEqual((await closed)[0], 1001);
    });

    it('can be paused in connection, before anything is read', async () => {
      const got = [];
      const endpoint = await transport.listen({}, (ws) => {
        ws.pause();
        ws.on('message', (data) => got.push(String(data)));
      });
      const { ws, peer } = await endpoint.accepted({
        head: frames.text('head')
      });
      peer.write(frames.text('later'));
      await turns(20);
      assert.deepStrictEqual(got, []);
      ws.resume();
      await until(() => got.length === 2, 'both messages');

      assert.deepStrictEqual(got, ['head', 'later']);
    });
  });
});
