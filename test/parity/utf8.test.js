'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { INVALID_UTF8, VALID_UTF8 } = require('../support/utf8-samples');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, nextEvents } = require('../support/wait');

describe('UTF-8', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('accepts each valid sample, short and long', async () => {
      const { ws, peer } = await transport.open();
      const samples = VALID_UTF8.flatMap(([, hex]) => [
        Buffer.from(hex, 'hex'),
        Buffer.concat([Buffer.alloc(99, 'a'), Buffer.from(hex, 'hex')])
      ]);
      const messages = nextEvents(ws, 'message', samples.length);
      peer.write(...samples.map((bytes) => frames.text(bytes)));
      const got = await messages;

      samples.forEach((bytes, i) => assert.ok(got[i][0].equals(bytes)));
    });

    for (const [what, hex] of INVALID_UTF8) {
      it(`refuses ${what}, but takes it as binary`, async () => {
        const { ws, peer } = await transport.open();
        const bytes = Buffer.from(hex, 'hex');
        const message = nextEvent(ws, 'message');
        peer.write(frames.binary(bytes));
        assert.ok((await message)[0].equals(bytes));

        ws.on('message', () => assert.fail('a message'));
        const error = nextEvent(ws, 'error');
        peer.write(frames.text(bytes));
        const [err] = await error;
        assert.strictEqual(err.code, 'WS_ERR_INVALID_UTF8');
        assert.strictEqual((await peer.nextFrame()).code, 1007);
      });
    }

    it('refuses a bad byte at the end of 100 KiB', async () => {
      const { ws, peer } = await transport.open();
      const error = nextEvent(ws, 'error');
      const bytes = Buffer.alloc(102400, 'a');
      bytes[102399] = 0xff;
      peer.write(frames.text(bytes));

      assert.strictEqual((await error)[0].code, 'WS_ERR_INVALID_UTF8');
    });

    it('accepts characters cut by fragments', async () => {
      const { ws, peer } = await transport.open();
      const bytes = Buffer.from('\u00e9\u20ac\u{1f600}');
      const message = nextEvent(ws, 'message');
      peer.write(
        frames.text('', { fin: false }),
        ...Array.from(bytes, (byte) =>
          frames.continuation([byte], { fin: false })
        ),
        frames.continuation('')
      );

      assert.ok((await message)[0].equals(bytes));
    });

    it('does not look at the payload of pings and pongs', async () => {
      const { ws, peer } = await transport.open();
      const ping = nextEvent(ws, 'ping');
      const pong = nextEvent(ws, 'pong');
      peer.write(frames.ping([0xff, 0xc0]), frames.pong([0xfe]));

      assert.deepStrictEqual(await ping, [Buffer.from([0xff, 0xc0])]);
      assert.deepStrictEqual(await pong, [Buffer.from([0xfe])]);
    });
  });
});
