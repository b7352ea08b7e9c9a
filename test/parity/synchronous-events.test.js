'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, until } = require('../support/wait');

describe('[server-surface] allowSynchronousEvents false', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('emits one event a turn of the loop', async () => {
      const { ws, peer } = await transport.open({
        allowSynchronousEvents: false
      });
      const log = [];
      for (const name of ['message', 'ping', 'pong']) {
        ws.on(name, (data) => {
          log.push(`${data}`);
          process.nextTick(() => log.push('tick'));
          Promise.resolve().then(() => log.push('job'));
        });
      }
      peer.write(
        frames.text('1'),
        frames.ping('2'),
        frames.binary('3'),
        frames.pong('4')
      );
      await until(() => log.length === 12, 'all events');

      assert.deepStrictEqual(log, [
        ...['1', 'tick', 'job'],
        ...['2', 'tick', 'job'],
        ...['3', 'tick', 'job'],
        ...['4', 'tick', 'job']
      ]);
    });

    it('keeps the order of messages, close and errors', async () => {
      for (const [last, expected] of [
        [frames.close(1000), ['1', '2', 'close 1000']],
        [frames.frame(3), ['1', '2', 'error', 'close 1006']]
      ]) {
        const { ws, peer } = await transport.open({
          allowSynchronousEvents: false
        });
        const log = [];
        ws.on('message', (data) => log.push(`${data}`));
        ws.on('error', () => log.push('error'));
        ws.on('close', (code) => log.push(`close ${code}`));
        const closed = nextEvent(ws, 'close');
        peer.write(frames.text('1'), frames.text('2'), last);
        await peer.framesToEnd();
        peer.end();
        await closed;

        assert.deepStrictEqual(log, expected);
      }
    });

    it('tells what had come before a FIN', async () => {
      const { ws, peer } = await transport.open({
        allowSynchronousEvents: false
      });
      const log = [];
      ws.on('message', (data) => log.push(`${data}`));
      const closed = nextEvent(ws, 'close');
      const sent = Array.from({ length: 30 }, (_, i) => `${i}`);
      peer.write(...sent.map((one) => frames.text(one)));
      peer.end();

      assert.strictEqual((await closed)[0], 1006);
      assert.deepStrictEqual(log, sent);
    });

    it('answers many messages in order', async () => {
      const { ws, peer } = await transport.open({
        allowSynchronousEvents: false
      });
      ws.on('message', (data) => ws.send(data));
      const sent = Array.from({ length: 300 }, (_, i) => `${i}`);
      peer.write(...sent.map((one) => frames.text(one)));
      const got = await peer.nextFrames(300);

      assert.deepStrictEqual(
        got.map(({ payload }) => payload.toString()),
        sent
      );
    });
  });
});
