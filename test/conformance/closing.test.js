'use strict';

const assert = require('node:assert');

const { assertCloses, itSurvives } = require('../support/echo-server');
const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const GOOD = [
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014],
  ...[3000, 3500, 3999, 4000, 4500, 4999]
];

const BAD = [
  ...[0, 1, 2, 255, 256, 500, 998, 999, 1004, 1005, 1006, 1015, 1016, 1017],
  ...[1099, 1100, 1999, 2000, 2999, 5000, 5001, 32767, 32768, 65534, 65535]
];

const payload = (hex) => frames.frame(frames.CLOSE, Buffer.from(hex, 'hex'));

describe('closing, RFC 6455 sections 5.5.1 and 7', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    itSurvives(
      transport,
      '7.4 answers every good code with it',
      async (server) => {
        for (const code of GOOD) {
          for (const reason of ['', 'r', '\u20ac'.repeat(41)]) {
            const peer = await server.upgraded();
            peer.write(frames.close(code, reason));

            assert.deepStrictEqual(await assertCloses(peer, code), []);
          }
        }
      }
    );

    itSurvives(
      transport,
      '7.4 answers every bad code with 1002',
      async (server) => {
        for (const code of BAD) {
          const peer = await server.upgraded();
          peer.write(frames.close(code, 'r'));

          assert.deepStrictEqual(await assertCloses(peer, 1002), []);
        }
      }
    );

    itSurvives(
      transport,
      '5.5.1 answers an empty close with one',
      async (server) => {
        const peer = await server.upgraded();
        peer.write(frames.close());
        const [frame] = await peer.framesToEnd();

        assert.strictEqual(frame.payload.length, 0);
      }
    );

    itSurvives(transport, '5.5.1 one byte of payload: 1002', async (server) => {
      const peer = await server.upgraded();
      peer.write(payload('03'));

      assert.deepStrictEqual(await assertCloses(peer, 1002), []);
    });

    itSurvives(transport, '5.5.1 a reason of 123 bytes', async (server) => {
      const peer = await server.upgraded();
      peer.write(frames.close(1000, 'r'.repeat(123)));

      assert.deepStrictEqual(await assertCloses(peer, 1000), []);
    });

    itSurvives(
      transport,
      '5.5.1 a reason of 124 bytes: 1002',
      async (server) => {
        const peer = await server.upgraded();
        peer.write(frames.close(1000, 'r'.repeat(124)));

        assert.deepStrictEqual(await assertCloses(peer, 1002), []);
      }
    );

    itSurvives(
      transport,
      '5.5.1 ignores all after the close',
      async (server) => {
        const peer = await server.upgraded();
        peer.write(
          frames.text('before'),
          frames.close(1000),
          frames.text('after'),
          frames.ping('after'),
          frames.close(1001),
          frames.frame(7, 'x'),
          Buffer.alloc(1000, 0xff)
        );
        const got = await assertCloses(peer, 1000);

        assert.deepStrictEqual(
          got.map((frame) => frame.payload.toString()),
          ['before']
        );
      }
    );

    itSurvives(
      transport,
      '5.5.1 ignores what follows in pieces',
      async (server) => {
        const peer = await server.upgraded();
        peer.write(frames.close(1000));
        await peer.writePieces([
          frames.text('a'),
          frames.close(1),
          frames.ping()
        ]);

        assert.deepStrictEqual(await assertCloses(peer, 1000), []);
      }
    );

    itSurvives(transport, '7.1.1 the server ends TCP first', async (server) => {
      const peer = await server.upgraded();
      peer.write(frames.close(1000));
      await peer.framesToEnd();
      assert.ok(peer.hasEnded);
      peer.end();
      await peer.closed();
    });

    itSurvives(transport, '7.1.5 a close byte by byte', async (server) => {
      const peer = await server.upgraded();
      await peer.writeByteByByte(frames.close(1001, 'slow'));

      assert.deepStrictEqual(await assertCloses(peer, 1001), []);
    });

    itSurvives(
      transport,
      '7.1.7 ignores all after a violation',
      async (server) => {
        const peer = await server.upgraded();
        peer.write(frames.frame(3), frames.text('after'), frames.close(1000));
        await peer.writePieces([frames.text('more'), frames.close(1000)]);

        assert.deepStrictEqual(await assertCloses(peer, 1002), []);
      }
    );
  });
});
