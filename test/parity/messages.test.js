'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, nextEvents } = require('../support/wait');

const LENGTHS = [0, 1, 125, 126, 65535, 65536, 1024 * 1024];

/* Bytes that differ from place to place, so that a shift shows. */
function pattern(length) {
  return Buffer.from(
    Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 255)
  );
}

describe('messages received', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('gives text as a Buffer, and says that it is not binary', async () => {
      const { peer, ws } = await transport.open();
      peer.write(frames.text('h\u00e9llo \u{1f600}'));
      const args = await nextEvent(ws, 'message');

      assert.strictEqual(args.length, 2);
      assert.ok(Buffer.isBuffer(args[0]));
      assert.strictEqual(args[0].toString(), 'h\u00e9llo \u{1f600}');
      assert.strictEqual(args[1], false);
    });

    it('calls the listener with the WebSocket as this', async () => {
      const { peer, ws } = await transport.open();
      const seen = new Promise((resolve) => {
        ws.on('message', function () {
          resolve(this);
        });
      });
      peer.write(frames.text('x'));

      assert.strictEqual(await seen, ws);
    });

    for (const length of LENGTHS) {
      it(`gives ${length} bytes of text and of binary data`, async () => {
        const { peer, ws } = await transport.open();
        const ascii = Buffer.alloc(length, 'abcdefghijklm');
        const bytes = pattern(length);
        const messages = nextEvents(ws, 'message', 2);
        peer.write(frames.text(ascii), frames.binary(bytes));
        const [[first, isBinary1], [second, isBinary2]] = await messages;

        assert.ok(first.equals(ascii) && Buffer.isBuffer(first));
        assert.ok(second.equals(bytes) && Buffer.isBuffer(second));
        assert.deepStrictEqual([isBinary1, isBinary2], [false, true]);
      });
    }

    it('joins fragments, whatever control frames lie between', async () => {
      const { peer, ws } = await transport.open();
      const message = nextEvent(ws, 'message');
      peer.write(
        frames.text('one ', { fin: false }),
        frames.ping('p'),
        frames.continuation('two ', { fin: false }),
        frames.continuation('', { fin: false }),
        frames.continuation('three')
      );

      assert.deepStrictEqual(await message, [
        Buffer.from('one two three'),
        false
      ]);
    });

    it('keeps the order of a thousand messages', async () => {
      const { peer, ws } = await transport.open();
      const messages = nextEvents(ws, 'message', 1000);
      const sent = Array.from({ length: 1000 }, (_, i) => `message ${i}`);
      peer.write(...sent.map((one) => frames.text(one)));

      assert.deepStrictEqual(
        (await messages).map(([data]) => data.toString()),
        sent
      );
    });

    it('gives each message its own memory', async () => {
      const { peer, ws } = await transport.open();
      const messages = nextEvents(ws, 'message', 2);
      peer.write(frames.binary('aaaa'), frames.binary('bbbb'));
      const [[first], [second]] = await messages;
      first.fill('x');
      peer.write(frames.binary('cccc'));
      await nextEvent(ws, 'message');

      assert.strictEqual(first.toString(), 'xxxx');
      assert.strictEqual(second.toString(), 'bbbb');
    });

    it('understands each mask, the zero one included', async () => {
      const { peer, ws } = await transport.open();
      const masks = ['00000000', 'ffffffff', '01020304', '80000000'];
      const messages = nextEvents(ws, 'message', masks.length);
      const bytes = pattern(1003);
      peer.write(
        ...masks.map((mask) =>
          frames.binary(bytes, { mask: Buffer.from(mask, 'hex') })
        )
      );

      for (const [data] of await messages) assert.ok(data.equals(bytes));
    });
  });
});
