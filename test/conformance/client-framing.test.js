'use strict';

const assert = require('node:assert');

const { forEachClientTransport } = require('../support/client-transports');
const { itSurvives } = require('../support/echo-client');
const frames = require('../support/server-frames');
const { INVALID_UTF8, VALID_UTF8 } = require('../support/utf8-samples');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } = frames;

const MASK = Buffer.from([1, 2, 3, 4]);
const PART = { fin: false };
const begun = frames.text('begun', PART);

/* [what, bytes, error code]: each must fail the connection with 1002. */
const violations = [];

function violation(title, bytes, code) {
  violations.push([title, Buffer.concat([bytes].flat()), code]);
}

for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
  for (const fin of [true, false]) {
    violation(
      `5.2 reserved opcode ${opcode}, fin ${fin}`,
      frames.frame(opcode, 'x', { fin }),
      'WS_ERR_INVALID_OPCODE'
    );
  }
}

for (const opcode of [TEXT, BINARY, CLOSE, PING, PONG]) {
  for (let rsv = 1; rsv < 8; rsv++) {
    violation(
      `5.2 RSV bits ${rsv} on opcode ${opcode}`,
      frames.frame(opcode, '', { rsv }),
      rsv === 4 ? 'WS_ERR_UNEXPECTED_RSV_1' : 'WS_ERR_UNEXPECTED_RSV_2_3'
    );
  }
  violation(
    `5.1 opcode ${opcode} with a mask`,
    frames.frame(opcode, 'ab', { mask: MASK }),
    'WS_ERR_UNEXPECTED_MASK'
  );
}

violation(
  '5.1 an empty frame with a mask',
  frames.text('', { mask: Buffer.alloc(4) }),
  'WS_ERR_UNEXPECTED_MASK'
);
violation(
  '5.1 a continuation with a mask',
  [begun, frames.continuation('x', { mask: MASK })],
  'WS_ERR_UNEXPECTED_MASK'
);

for (const opcode of [CLOSE, PING, PONG]) {
  violation(
    `5.5 fragmented control opcode ${opcode}`,
    frames.frame(opcode, '', PART),
    'WS_ERR_EXPECTED_FIN'
  );
  for (const size of [126, 65536]) {
    violation(
      `5.5 control opcode ${opcode} of ${size} bytes`,
      frames.frame(opcode, Buffer.alloc(size, 'x')),
      'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH'
    );
  }
  for (const form of [16, 64]) {
    violation(
      `5.5 control opcode ${opcode} of 1 byte in ${form} bits`,
      frames.frame(opcode, 'x', { form }),
      'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH'
    );
  }
}

for (const [title, bytes] of [
  ['a continuation of nothing', frames.continuation('x')],
  ['a first part that is a continuation', frames.continuation('x', PART)],
  ['a message inside a message', [begun, frames.text('b')]],
  ['binary inside text', [begun, frames.binary('b')]],
  ['a new first part inside a message', [begun, frames.binary('b', PART)]],
  ['one part too many', [frames.text('a'), frames.continuation('b')]]
]) {
  violation(`5.4 ${title}`, bytes, 'WS_ERR_INVALID_OPCODE');
}

for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535]) {
  violation(
    `7.4 close code ${code}`,
    frames.close(code),
    'WS_ERR_INVALID_CLOSE_CODE'
  );
}
violation(
  '5.5.1 a close frame of one byte',
  frames.frame(CLOSE, 'x'),
  'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH'
);

describe('a client and frames, RFC 6455 section 5', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport((transport) => {
    for (const [title, bytes, code] of violations) {
      itSurvives(transport, `${title}: 1002`, async (victim) => {
        victim.write(bytes, frames.text('ignored'));
        const got = await victim.assertFails(1002, code);

        // What came before the violation may have been echoed.
        assert.ok(got.every(({ payload }) => String(payload) === 'a'));
      });
    }

    itSurvives(transport, 'answers what came before', async (victim) => {
      victim.write(
        frames.text('first'),
        frames.ping('second'),
        frames.frame(3, '')
      );
      const got = await victim.assertFails(1002, 'WS_ERR_INVALID_OPCODE');

      assert.deepStrictEqual(
        got.map(({ opcode, payload }) => [opcode, String(payload)]),
        [
          [TEXT, 'first'],
          [PONG, 'second']
        ]
      );
    });

    itSurvives(transport, '5.2 takes any form of length', async (victim) => {
      for (const size of [0, 1, 125, 126, 127, 65535, 65536]) {
        for (const form of [7, 16, 64]) {
          if ((form === 7 && size > 125) || (form === 16 && size > 65535)) {
            continue;
          }
          victim.write(frames.binary(Buffer.alloc(size, form), { form }));
          const { payload } = await victim.peer.nextFrame();

          assert.ok(payload.equals(Buffer.alloc(size, form)), `${size}`);
        }
      }
    });

    itSurvives(transport, '2000 frames in one write', async (victim) => {
      const list = Array.from({ length: 2000 }, (_, i) => frames.text(`${i}`));
      victim.write(...list);
      const got = await victim.peer.nextFrames(2000);

      assert.ok(got.every(({ payload }, i) => String(payload) === `${i}`));
    });

    itSurvives(transport, 'any two pieces', async (victim) => {
      const bytes = Buffer.concat([
        frames.text('é', PART),
        frames.ping('ping'),
        frames.continuation('x'.repeat(130)),
        frames.binary(Buffer.from([1, 2, 3]))
      ]);
      for (let i = 1; i < bytes.length; i++) {
        await victim.peer.writePieces([
          bytes.subarray(0, i),
          bytes.subarray(i)
        ]);
        const got = await victim.peer.nextFrames(3);

        assert.deepStrictEqual(
          got.map(({ opcode, payload }) => [opcode, payload.length]),
          [
            [PONG, 4],
            [TEXT, 132],
            [BINARY, 3]
          ],
          `cut at ${i}`
        );
      }
    });

    itSurvives(transport, 'byte by byte', async (victim) => {
      await victim.peer.writeByteByByte(
        Buffer.concat([
          frames.frame(TEXT, 'ab', { form: 64 }),
          frames.text('c', PART),
          frames.continuation('', PART),
          frames.ping(),
          frames.frame(CONTINUATION, 'd', { form: 16 }),
          frames.close(1000, 'e')
        ])
      );
      const got = await victim.assertCloses(1000);

      assert.deepStrictEqual(
        got.map(({ payload }) => String(payload)),
        ['ab', '', 'cd']
      );
    });
  });
});

describe('a client and UTF-8, RFC 6455 section 8.1', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport((transport) => {
    itSurvives(transport, 'takes what is valid', async (victim) => {
      for (const [what, hex] of VALID_UTF8) {
        const payload = Buffer.from(hex, 'hex');
        victim.write(frames.text(payload));
        assert.ok(
          (await victim.peer.nextFrame()).payload.equals(payload),
          what
        );
      }
    });

    for (const [what, hex] of INVALID_UTF8) {
      const bad = Buffer.from(hex, 'hex');

      itSurvives(transport, `${what}: 1007`, async (victim) => {
        victim.write(frames.text(bad));
        await victim.assertFails(1007, 'WS_ERR_INVALID_UTF8');
      });

      itSurvives(transport, `${what}, in parts: 1007`, async (victim) => {
        victim.write(frames.text('', PART));
        for (const byte of bad) {
          victim.write(frames.continuation(Buffer.from([byte]), PART));
        }
        victim.write(frames.continuation(''));
        await victim.assertFails(1007, 'WS_ERR_INVALID_UTF8');
      });

      itSurvives(transport, `${what} as a reason: 1007`, async (victim) => {
        const payload = Buffer.concat([frames.closePayload(1000), bad]);
        victim.write(frames.frame(CLOSE, payload));
        await victim.assertFails(1007, 'WS_ERR_INVALID_UTF8');
      });
    }

    itSurvives(transport, 'the end of a long text: 1007', async (victim) => {
      const text = Buffer.alloc(100001, 'x');
      text[100000] = 0xc3;
      victim.write(frames.text(text));
      await victim.assertFails(1007, 'WS_ERR_INVALID_UTF8');
    });

    itSurvives(
      transport,
      'takes anything with skipUTF8Validation',
      async (victim) => {
        victim.client.removeAllListeners('message');
        victim.client.on('message', (data) => victim.client.send(data));
        victim.write(frames.text(Buffer.from([0xff])));
        assert.ok(
          (await victim.peer.nextFrame()).payload.equals(Buffer.from([0xff]))
        );
      },
      { skipUTF8Validation: true }
    );
  });
});
