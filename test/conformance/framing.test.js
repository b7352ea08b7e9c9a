'use strict';

const assert = require('node:assert');

const { assertCloses, itSurvives } = require('../support/echo-server');
const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } = frames;

const unfinished = frames.text('begun', { fin: false });

/* Bytes that must fail the connection with 1002. */
const violations = [];

for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
  for (const fin of [true, false]) {
    for (const payload of ['', 'x']) {
      violations.push([
        `5.2 reserved opcode ${opcode}, fin ${fin}, ${payload.length} bytes`,
        frames.frame(opcode, payload, { fin })
      ]);
    }
  }
}

for (const opcode of [TEXT, BINARY, CLOSE, PING, PONG]) {
  for (let rsv = 1; rsv < 8; rsv++) {
    violations.push([
      `5.2 RSV bits ${rsv} on opcode ${opcode}`,
      frames.frame(opcode, '', { rsv })
    ]);
  }
  violations.push([
    `5.1 opcode ${opcode} without a mask`,
    frames.frame(opcode, '', { mask: false })
  ]);
}

for (let rsv = 1; rsv < 8; rsv++) {
  violations.push([
    `5.2 RSV bits ${rsv} on a continuation`,
    Buffer.concat([unfinished, frames.continuation('x', { rsv })])
  ]);
}

for (const opcode of [CLOSE, PING, PONG]) {
  violations.push(
    [
      `5.5 fragmented control opcode ${opcode}`,
      frames.frame(opcode, '', { fin: false })
    ],
    [
      `5.5 control opcode ${opcode} of 126 bytes`,
      frames.frame(opcode, Buffer.alloc(126, 'x'))
    ],
    [
      `5.5 control opcode ${opcode} of 65536 bytes`,
      frames.frame(opcode, Buffer.alloc(65536, 'x'))
    ],
    [
      `5.5 control opcode ${opcode} in the 16-bit form`,
      frames.frame(opcode, '', { form: 16 })
    ],
    [
      `5.5 control opcode ${opcode} in the 64-bit form`,
      frames.frame(opcode, '', { form: 64 })
    ]
  );
}

violations.push([
  '5.1 an unmasked continuation',
  Buffer.concat([unfinished, frames.continuation('x', { mask: false })])
]);

/* Lengths that no message may have; the code that tells so. */
const HUGE = [
  ['2^31', 2n ** 31n, [1009]],
  ['2^32 + 5', 2n ** 32n + 5n, [1009]],
  ['2^53', 2n ** 53n, [1009]],
  ['2^63', 2n ** 63n, [1002, 1009]],
  ['2^64 - 1', 2n ** 64n - 1n, [1002, 1009]]
];

describe('framing, RFC 6455 section 5', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    for (const [title, bytes] of violations) {
      itSurvives(transport, `${title}: 1002`, async (server) => {
        const peer = await server.upgraded();
        peer.write(bytes);

        assert.deepStrictEqual(await assertCloses(peer, 1002), []);
      });
    }

    for (const [title, length, codes] of HUGE) {
      itSurvives(
        transport,
        `5.2 a length of ${title}: refused`,
        async (server) => {
          const peer = await server.upgraded();
          peer.write(frames.frame(BINARY, 'some', { length, form: 64 }));

          await assertCloses(peer, ...codes);
        }
      );

      itSurvives(
        transport,
        `5.2 ${title} in a continuation`,
        async (server) => {
          const peer = await server.upgraded();
          const rest = frames.frame(CONTINUATION, 'x', { length, form: 64 });
          peer.write(unfinished, rest);

          await assertCloses(peer, ...codes);
        }
      );

      itSurvives(transport, `5.5 ${title} in a ping: 1002`, async (server) => {
        const peer = await server.upgraded();
        peer.write(frames.frame(PING, 'x', { length, form: 64 }));

        await assertCloses(peer, 1002);
      });
    }

    for (const length of [
      0, 1, 2, 124, 125, 126, 127, 128, 65534, 65535, 65536, 65537
    ]) {
      itSurvives(transport, `5.2 echoes ${length} bytes`, async (server) => {
        const peer = await server.upgraded();
        const text = Buffer.alloc(length, 'abcdefg');
        const bytes = Buffer.alloc(length, Buffer.from([0, 127, 128, 255, 3]));
        peer.write(frames.text(text), frames.binary(bytes));
        const [first, second] = await peer.nextFrames(2);

        assert.ok(first.opcode === TEXT && first.payload.equals(text));
        assert.ok(second.opcode === BINARY && second.payload.equals(bytes));
      });
    }

    /* The RFC asks for the shortest form of a sender only; ws takes any. */
    for (const [length, form] of [
      [0, 16],
      [5, 16],
      [125, 16],
      [0, 64],
      [5, 64],
      [125, 64],
      [126, 64],
      [65535, 64]
    ]) {
      const title = `5.2 ${length} bytes in the ${form}-bit form: echo or 1002`;
      itSurvives(transport, title, async (server) => {
        const peer = await server.upgraded();
        const payload = Buffer.alloc(length, 'n');
        peer.write(frames.binary(payload, { form }));
        const frame = await peer.nextFrame();

        if (frame.opcode === CLOSE) assert.strictEqual(frame.code, 1002);
        else assert.ok(frame.payload.equals(payload));
      });
    }

    itSurvives(transport, '5.3 unmasks with every mask', async (server) => {
      const peer = await server.upgraded();
      const payload = Buffer.from('0123456789abcdef'.repeat(9));
      for (let i = 0; i < 256; i += 5) {
        const mask = Buffer.from([i, 255 - i, i ^ 0x55, (i * 7) & 255]);
        peer.write(frames.binary(payload.subarray(i & 15), { mask }));
        const frame = await peer.nextFrame();

        assert.ok(frame.payload.equals(payload.subarray(i & 15)), `mask ${i}`);
      }
    });

    itSurvives(transport, '5.1 never masks what it sends', async (server) => {
      const peer = await server.upgraded();
      peer.write(frames.text('x'), frames.ping('y'), frames.close(1000));
      const got = await peer.framesToEnd();

      assert.strictEqual(got.length, 3);
      assert.ok(got.every(({ isMasked, rsv }) => !isMasked && rsv === 0));
    });

    itSurvives(transport, '5.5.2 pings of 0 to 125 bytes', async (server) => {
      const peer = await server.upgraded();
      const sizes = Array.from({ length: 126 }, (_, i) => i);
      for (const size of sizes) {
        peer.write(frames.ping(Buffer.alloc(size, size)));
        const frame = await peer.nextFrame();

        assert.strictEqual(frame.opcode, PONG);
        assert.ok(frame.payload.equals(Buffer.alloc(size, size)));
      }
    });

    itSurvives(transport, '5.5.3 ignores pongs', async (server) => {
      const peer = await server.upgraded();
      for (let i = 0; i < 126; i++) peer.write(frames.pong('p'.repeat(i)));

      await server.assertEcho(peer);
    });
  });
});
