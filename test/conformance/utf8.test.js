'use strict';

const assert = require('node:assert');

const { assertCloses, itSurvives } = require('../support/echo-server');
const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { INVALID_UTF8, VALID_UTF8 } = require('../support/utf8-samples');
const { TEST_TIMEOUT_MS } = require('../support/wait');

/* The bytes, one per fragment. */
function byteFragments(bytes) {
  return [
    frames.text('', { fin: false }),
    ...Array.from(bytes, (byte) => frames.continuation([byte], { fin: false })),
    frames.continuation('')
  ];
}

describe('UTF-8, RFC 6455 section 8.1', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    for (const [title, hex] of VALID_UTF8) {
      itSurvives(transport, `echoes ${title}`, async (server) => {
        const peer = await server.upgraded();
        const bytes = Buffer.from(hex, 'hex');
        peer.write(frames.text(bytes), ...byteFragments(bytes));
        for (let i = 0; i <= bytes.length; i++) {
          peer.write(
            frames.text(bytes.subarray(0, i), { fin: false }),
            frames.continuation(bytes.subarray(i))
          );
        }

        for (const { payload } of await peer.nextFrames(bytes.length + 3)) {
          assert.ok(payload.equals(bytes));
        }
      });
    }

    for (const [title, hex] of INVALID_UTF8) {
      const bytes = Buffer.from(hex, 'hex');
      const ways = {
        whole: [frames.text(bytes)],
        'one byte a fragment': byteFragments(bytes),
        'between ASCII': [
          frames.text(
            Buffer.concat([Buffer.alloc(50, 'a'), bytes, Buffer.alloc(50, 'z')])
          )
        ],
        'at the end of 100 KiB': [
          frames.text(Buffer.concat([Buffer.alloc(102400, 'a'), bytes]))
        ],
        'at the end of a long last fragment': [
          frames.text('a', { fin: false }),
          frames.continuation(Buffer.concat([Buffer.alloc(300, 'b'), bytes]))
        ]
      };

      itSurvives(
        transport,
        `refuses ${title}, in any way: 1007`,
        async (server) => {
          for (const [way, list] of Object.entries(ways)) {
            const peer = await server.upgraded();
            peer.write(...list);

            assert.deepStrictEqual(await assertCloses(peer, 1007), [], way);
          }
        }
      );

      itSurvives(
        transport,
        `refuses ${title}, split at each byte: 1007`,
        async (server) => {
          for (let i = 1; i < bytes.length; i++) {
            const peer = await server.upgraded();
            peer.write(
              frames.text(bytes.subarray(0, i), { fin: false }),
              frames.continuation(bytes.subarray(i))
            );

            assert.deepStrictEqual(await assertCloses(peer, 1007), []);
          }
        }
      );

      itSurvives(
        transport,
        `refuses ${title} written byte by byte: 1007`,
        async (server) => {
          const peer = await server.upgraded();
          await peer.writeByteByByte(frames.text(bytes));

          assert.deepStrictEqual(await assertCloses(peer, 1007), []);
        }
      );

      itSurvives(
        transport,
        `refuses ${title} as a close reason: 1007`,
        async (server) => {
          const peer = await server.upgraded();
          peer.write(frames.close(1000, bytes));

          assert.deepStrictEqual(await assertCloses(peer, 1007), []);
        }
      );

      itSurvives(transport, `echoes ${title} as binary`, async (server) => {
        const peer = await server.upgraded();
        peer.write(frames.binary(bytes));

        assert.ok((await peer.nextFrame()).payload.equals(bytes));
      });
    }
  });
});
