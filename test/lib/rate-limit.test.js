'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { WebSocketServer } = require('../support/implementation');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, until } = require('../support/wait');

const HOUR = 60 * 60 * 1000;

describe('rateLimit', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('closes with 1008 who sends too many messages', async () => {
      const { client, ws, endpoint } = await transport.pair({
        rateLimit: { messages: 10, interval: HOUR }
      });
      const other = await endpoint.connected();
      const closed = nextEvent(ws, 'close');
      const codes = nextEvent(client, 'close');
      let count = 0;

      ws.on('message', () => count++);
      ws.on('error', () => assert.fail('an error'));
      for (let i = 0; i < 20; i++) client.send('x');
      assert.strictEqual((await codes)[0], 1008);
      assert.strictEqual((await closed)[0], 1008);
      assert.strictEqual(count, 10);

      const message = nextEvent(other.ws, 'message');
      other.client.send('still here');
      await message;
    });

    it('closes with 1008 who sends too many bytes', async () => {
      const { client, ws } = await transport.pair({
        rateLimit: { bytes: 100000, interval: HOUR }
      });
      const closed = nextEvent(ws, 'close');
      const codes = nextEvent(client, 'close');

      for (let i = 0; i < 200; i++) client.send(Buffer.alloc(1000));
      assert.strictEqual((await codes)[0], 1008);
      assert.strictEqual((await closed)[0], 1008);
    });

    it('counts pings and pongs', async () => {
      const { client, ws } = await transport.pair({
        rateLimit: { messages: 10, interval: HOUR }
      });
      const closed = nextEvent(ws, 'close');
      let count = 0;

      ws.on('ping', () => count++);
      ws.on('pong', () => count++);
      for (let i = 0; i < 10; i++) {
        client.ping();
        client.pong();
      }
      assert.strictEqual((await closed)[0], 1008);
      assert.strictEqual(count, 10);
    });

    it('lets who is paused go on, and loses nothing', async () => {
      const { peer, ws } = await transport.open({
        rateLimit: { messages: 20, interval: 20, policy: 'pause' }
      });
      const received = [];

      ws.on('message', (data) => received.push(data.toString()));
      ws.on('close', () => assert.fail('closed'));
      for (let i = 0; i < 5; i++) {
        peer.write(
          ...Array.from({ length: 20 }, (_, k) => frames.text(`${20 * i + k}`))
        );
        await until(() => received.length > 20 * i, 'the first of each burst');
      }
      await until(() => received.length === 100, 'every message');
      ws.removeAllListeners('close');
      assert.deepStrictEqual(
        received,
        Array.from({ length: 100 }, (_, i) => `${i}`)
      );
    });

    it('pauses apart from the application', async () => {
      const { peer, ws } = await transport.open({
        rateLimit: { messages: 1, interval: HOUR, policy: 'pause' }
      });
      const received = [];

      ws.on('message', (data) => received.push(data.toString()));
      peer.write(frames.text('1'), frames.text('2'));
      await until(() => received.length === 2, 'what came in one go');
      ws.pause();
      ws.resume();
      peer.write(frames.text('3'));
      ws.ping();
      assert.strictEqual((await peer.nextFrame()).opcode, frames.PING);
      assert.deepStrictEqual(received, ['1', '2']);
      const closed = nextEvent(ws, 'close');
      ws.terminate();
      await closed;
    });
  });

  it('is checked', () => {
    const make = (rateLimit) => () =>
      new WebSocketServer({ noServer: true, rateLimit });

    for (const rateLimit of [
      1,
      {},
      { interval: 5 },
      { messages: '1' },
      { bytes: null },
      { messages: 1, policy: 'drop' },
      { messages: 1, interval: '1' }
    ]) {
      assert.throws(make(rateLimit), TypeError);
    }
    for (const rateLimit of [
      { messages: 0 },
      { messages: 1.5 },
      { bytes: -1 },
      { bytes: Infinity },
      { bytes: 1, interval: 0 },
      { bytes: 1, interval: 2 ** 31 }
    ]) {
      assert.throws(make(rateLimit), RangeError);
    }
    assert.doesNotThrow(make({ messages: 1, bytes: 1 }));
    assert.doesNotThrow(make(null));
  });
});
