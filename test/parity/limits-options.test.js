'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, nextEvents } = require('../support/wait');

const PART = { fin: false };

const TOO_BIG = {
  name: 'RangeError',
  message: 'Max payload size exceeded',
  code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  status: 1009
};
const TOO_MANY = {
  name: 'RangeError',
  message: 'Too many message fragments',
  code: 'WS_ERR_TOO_MANY_BUFFERED_PARTS',
  status: 1008
};
const TOO_MANY_CHUNKS = { ...TOO_MANY, message: 'Too many buffered chunks' };

const text = (...lengths) =>
  lengths.map((length, i) =>
    (i === 0 ? frames.text : frames.continuation)('x'.repeat(length), {
      fin: i === lengths.length - 1
    })
  );

/* Options, what they must accept and what they must refuse. */
const limits = [
  ['maxPayload', { maxPayload: 5 }, text(5), text(6), TOO_BIG],
  ['maxPayload of a sum', { maxPayload: 5 }, text(2, 3), text(3, 3), TOO_BIG],
  [
    'maxPayload of empty parts',
    { maxPayload: 1 },
    text(0, 1, 0),
    text(1, 0, 1),
    TOO_BIG
  ],
  ['maxPayload over 125', { maxPayload: 126 }, text(126), text(127), TOO_BIG],
  [
    'maxPayload of 64 KiB',
    { maxPayload: 65536 },
    text(65536),
    text(65537),
    TOO_BIG
  ],
  ['a fraction of maxPayload', { maxPayload: 5.9 }, text(5), text(6), TOO_BIG],
  [
    'maxFragments',
    { maxFragments: 3 },
    text(1, 1, 1),
    text(1, 1, 1, 1),
    TOO_MANY
  ],
  [
    'maxFragments of empty parts',
    { maxFragments: 2 },
    text(0, 0),
    text(0, 0, 0),
    TOO_MANY
  ],
  ['maxFragments 1', { maxFragments: 1 }, text(9), text(1, 1), TOO_MANY]
];

describe('[server-surface] limits as options', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    for (const [title, options, good, bad, expected] of limits) {
      it(`keeps ${title} exactly`, async () => {
        const { ws, peer } = await transport.open(options);
        const messages = nextEvents(ws, 'message', 2);
        peer.write(...good, frames.ping('not counted'), ...good);
        await messages;

        const error = nextEvent(ws, 'error');
        peer.write(...bad);
        const [err] = await error;
        assert.deepStrictEqual(
          [err.name, err.message, err.code],
          [expected.name, expected.message, expected.code]
        );
        const got = await peer.framesToEnd();
        assert.strictEqual(got.at(-1).code, expected.status);
      });
    }

    it('does not count control frames for maxPayload', async () => {
      const { ws, peer } = await transport.open({ maxPayload: 3 });
      const message = nextEvent(ws, 'message');
      peer.write(
        frames.text('ab', PART),
        frames.ping('x'.repeat(125)),
        frames.continuation('c')
      );

      assert.strictEqual(String((await message)[0]), 'abc');
    });

    it('counts a chunk too many', async () => {
      const { ws, peer } = await transport.open({
        maxBufferedChunks: 4,
        maxPayload: 0
      });
      const outcome = Promise.race([
        nextEvent(ws, 'error').then(([err]) => err),
        nextEvent(ws, 'message').then(([data]) => data)
      ]);
      const bytes = frames.text('x'.repeat(40));
      await peer.writePieces(
        Array.from({ length: 23 }, (_, i) => bytes.subarray(i * 2, i * 2 + 2))
      );
      const result = await outcome;

      /* Who buffers in one piece has nothing to count: a difference allowed. */
      if (result instanceof Error) {
        assert.strictEqual(result.message, TOO_MANY_CHUNKS.message);
        assert.strictEqual(result.code, TOO_MANY_CHUNKS.code);
      } else {
        assert.strictEqual(String(result), 'x'.repeat(40));
      }
    });

    for (const value of [0, null, undefined, false, Infinity, 2 ** 31, -1]) {
      it(`has no maxPayload with ${value}`, async () => {
        const { ws, peer } = await transport.open({ maxPayload: value });
        const message = nextEvent(ws, 'message');
        peer.write(frames.binary(Buffer.alloc(300000)));

        assert.strictEqual((await message)[0].length, 300000);
      });
    }

    for (const value of [0, null, undefined, Infinity, -1]) {
      it(`has no maxFragments with ${value}`, async () => {
        const { ws, peer } = await transport.open({ maxFragments: value });
        const message = nextEvent(ws, 'message');
        peer.write(
          frames.text('a', PART),
          ...Array(20000).fill(frames.continuation('', PART)),
          frames.continuation('b')
        );

        assert.strictEqual(String((await message)[0]), 'ab');
      });
    }

    it('has no maxPayload with 0, whatever the header claims', async () => {
      const { ws, peer } = await transport.open({ maxPayload: 0 });
      ws.on('error', (err) => assert.fail(err));
      peer.write(frames.frame(frames.BINARY, 'x', { length: 2n ** 31n }));
      peer.end();

      assert.strictEqual((await nextEvent(ws, 'close'))[0], 1006);
    });

    it('skips the check of UTF-8 if told so', async () => {
      const { ws, peer } = await transport.open({ skipUTF8Validation: true });
      const message = nextEvent(ws, 'message');
      const bytes = Buffer.from([0xff, 0xc0, 0x61]);
      peer.write(frames.text(bytes));
      assert.deepStrictEqual(await message, [bytes, false]);

      const closed = nextEvent(ws, 'close');
      peer.write(frames.close(1000, Buffer.from([0xff])));
      await peer.framesToEnd();
      peer.end();
      assert.deepStrictEqual(await closed, [1000, Buffer.from([0xff])]);
    });

    it('destroys the socket after closeTimeout', async () => {
      const { ws, peer } = await transport.open({ closeTimeout: 20 });
      const closed = nextEvent(ws, 'close');
      ws.close(1000);
      assert.strictEqual((await peer.nextFrame()).code, 1000);

      assert.strictEqual((await closed)[0], 1006);
      await peer.ended();
    });

    it('counts closeTimeout from close(), whatever goes before', async () => {
      const { ws, peer } = await transport.open({ closeTimeout: 20 });
      const closed = nextEvent(ws, 'close');
      const blob = new Blob(['never']);
      blob.arrayBuffer = () => new Promise(() => {});
      ws.send(blob);
      ws.close(1000);

      assert.strictEqual((await closed)[0], 1006);
      assert.deepStrictEqual(await peer.framesToEnd(), []);
    });

    it('destroys after closeTimeout a peer that never ends', async () => {
      const { ws, peer } = await transport.open({ closeTimeout: 20 });
      const closed = nextEvent(ws, 'close');
      peer.write(frames.close(4000, 'bye'));
      await peer.framesToEnd();

      assert.deepStrictEqual(await closed, [4000, Buffer.from('bye')]);
    });

    it('destroys after closeTimeout when a violation is not ended', async () => {
      const { ws, peer } = await transport.open({ closeTimeout: 20 });
      ws.on('error', () => {});
      const closed = nextEvent(ws, 'close');
      peer.write(frames.frame(3));

      assert.strictEqual((await closed)[0], 1006);
    });
  });
});
