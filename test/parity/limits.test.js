'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, turns } = require('../support/wait');

const MAX_FRAGMENTS = 16384;
const MAX_PAYLOAD = 104857600;

/* A message of so many frames, all empty but the first. */
function fragmented(count) {
  return Buffer.concat([
    frames.text('x', { fin: false }),
    ...Array(count - 2).fill(frames.continuation('', { fin: false })),
    frames.continuation('')
  ]);
}

describe('the limits without options', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('takes a message of 16384 fragments, and another', async () => {
      const { ws, peer } = await transport.open();
      for (let i = 0; i < 2; i++) {
        const message = nextEvent(ws, 'message');
        peer.write(fragmented(MAX_FRAGMENTS));

        assert.strictEqual(String((await message)[0]), 'x');
      }
    });

    it('refuses the fragment above 16384', async () => {
      const { ws, peer } = await transport.open();
      ws.on('message', () => assert.fail('a message'));
      const error = nextEvent(ws, 'error');
      peer.write(fragmented(MAX_FRAGMENTS + 1));
      const [err] = await error;

      assert.ok(err instanceof RangeError);
      assert.strictEqual(err.message, 'Too many message fragments');
      assert.strictEqual(err.code, 'WS_ERR_TOO_MANY_BUFFERED_PARTS');
      assert.strictEqual((await peer.nextFrame()).code, 1008);
    });

    it('does not count control frames among the fragments', async () => {
      const { ws, peer } = await transport.open();
      const message = nextEvent(ws, 'message');
      const bytes = fragmented(MAX_FRAGMENTS);
      peer.write(
        bytes.subarray(0, 7),
        ...Array(50).fill(frames.pong('p')),
        bytes.subarray(7)
      );

      assert.strictEqual(String((await message)[0]), 'x');
    });

    it('waits for a message of 100 MiB', async () => {
      const { ws, peer } = await transport.open();
      ws.on('error', (err) => assert.fail(err));
      const closed = nextEvent(ws, 'close');
      peer.write(frames.frame(frames.BINARY, 'start', { length: MAX_PAYLOAD }));
      await turns(5);
      assert.strictEqual(ws.readyState, 1);
      peer.destroy();

      assert.strictEqual((await closed)[0], 1006);
    });

    it('refuses one byte more from the header alone', async () => {
      const { ws, peer } = await transport.open();
      const error = nextEvent(ws, 'error');
      const whole = frames.frame(frames.BINARY, '', {
        length: MAX_PAYLOAD + 1
      });
      peer.write(whole.subarray(0, 10)); // not even the mask
      const [err] = await error;

      assert.ok(err instanceof RangeError);
      assert.strictEqual(err.message, 'Max payload size exceeded');
      assert.strictEqual((await peer.nextFrame()).code, 1009);
    });
  });
});
