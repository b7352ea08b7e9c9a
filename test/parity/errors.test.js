'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, turns } = require('../support/wait');

const PREFIX = 'Invalid WebSocket frame: ';

/* A violation: what is written, and all that follows from it. */
function invalid(what, bytes, code, message, options = {}) {
  const { status = 1002, type = RangeError, prefix = PREFIX } = options;
  return { what, bytes, code, message: prefix + message, status, type };
}

const close = (hex) => frames.frame(frames.CLOSE, Buffer.from(hex, 'hex'));
const unfinished = frames.text('a', { fin: false });

const OPCODE = 'WS_ERR_INVALID_OPCODE';
const RSV_1 = 'WS_ERR_UNEXPECTED_RSV_1';
const RSV_2_3 = 'WS_ERR_UNEXPECTED_RSV_2_3';
const CONTROL_LENGTH = 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH';
const UTF8 = [
  'WS_ERR_INVALID_UTF8',
  'invalid UTF-8 sequence',
  { status: 1007, type: Error }
];
const TOO_BIG = [
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'Max payload size exceeded',
  { status: 1009, prefix: '' }
];
const UNSAFE_LENGTH = [
  'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
  'Unsupported WebSocket frame: payload length > 2^53 - 1',
  { status: 1009, prefix: '' }
];

const header = (length) =>
  frames.frame(frames.BINARY, '', { length, form: 64 });

const violations = [
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) =>
    invalid(
      `opcode ${opcode}`,
      frames.frame(opcode, 'x'),
      OPCODE,
      `invalid opcode ${opcode}`
    )
  ),
  invalid(
    'a continuation of nothing',
    frames.continuation('x'),
    OPCODE,
    'invalid opcode 0'
  ),
  invalid(
    'text inside a message',
    Buffer.concat([unfinished, frames.text('b')]),
    OPCODE,
    'invalid opcode 1'
  ),
  invalid(
    'binary inside a message',
    Buffer.concat([unfinished, frames.binary('b')]),
    OPCODE,
    'invalid opcode 2'
  ),
  invalid(
    'a continuation after the last one',
    Buffer.concat([
      unfinished,
      frames.continuation('b'),
      frames.continuation('c')
    ]),
    OPCODE,
    'invalid opcode 0'
  ),
  invalid('RSV1', frames.text('x', { rsv: 4 }), RSV_1, 'RSV1 must be clear'),
  invalid(
    'RSV1 on a ping',
    frames.ping('x', { rsv: 4 }),
    RSV_1,
    'RSV1 must be clear'
  ),
  invalid(
    'RSV1 on a continuation',
    Buffer.concat([unfinished, frames.continuation('x', { rsv: 4 })]),
    RSV_1,
    'RSV1 must be clear'
  ),
  ...[1, 2, 3, 5, 6, 7].map((rsv) =>
    invalid(
      `RSV bits ${rsv}`,
      frames.text('x', { rsv }),
      RSV_2_3,
      'RSV2 and RSV3 must be clear'
    )
  ),
  ...[frames.CLOSE, frames.PING, frames.PONG].map((opcode) =>
    invalid(
      `a fragment of control opcode ${opcode}`,
      frames.frame(opcode, '', { fin: false }),
      'WS_ERR_EXPECTED_FIN',
      'FIN must be set'
    )
  ),
  invalid(
    'no mask',
    frames.text('x', { mask: false }),
    'WS_ERR_EXPECTED_MASK',
    'MASK must be set'
  ),
  invalid(
    'no mask on an empty ping',
    frames.ping('', { mask: false }),
    'WS_ERR_EXPECTED_MASK',
    'MASK must be set'
  ),
  invalid(
    'a ping of 126 bytes',
    frames.ping('x'.repeat(126)),
    CONTROL_LENGTH,
    'invalid payload length 126'
  ),
  invalid(
    'a pong of 64 KiB',
    frames.pong('x'.repeat(65536)),
    CONTROL_LENGTH,
    'invalid payload length 127'
  ),
  invalid(
    'a ping in the 16-bit form',
    frames.ping('x', { form: 16 }),
    CONTROL_LENGTH,
    'invalid payload length 126'
  ),
  invalid(
    'a close of 1 byte',
    close('03'),
    CONTROL_LENGTH,
    'invalid payload length 1'
  ),
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535].map(
    (code) =>
      invalid(
        `close code ${code}`,
        frames.close(code, 'x'),
        'WS_ERR_INVALID_CLOSE_CODE',
        `invalid status code ${code}`
      )
  ),
  invalid('a close reason that is no UTF-8', close('03e8ff'), ...UTF8),
  invalid('text that is no UTF-8', frames.text(Buffer.from([0xff])), ...UTF8),
  invalid(
    'a character that never ends',
    frames.text(Buffer.from([0xe2, 0x82])),
    ...UTF8
  ),
  invalid(
    'fragments that are no UTF-8',
    Buffer.concat([
      frames.text(Buffer.from([0xf0, 0x9f]), { fin: false }),
      frames.continuation(Buffer.from([0x98, 0xff]))
    ]),
    ...UTF8
  ),
  invalid('100 MiB and one byte', header(104857601), ...TOO_BIG),
  invalid('2^53 - 1 bytes', header(2n ** 53n - 1n), ...TOO_BIG),
  invalid(
    'a sum of fragments above 100 MiB',
    Buffer.concat([
      unfinished,
      frames.frame(0, '', { length: 104857600, form: 64 })
    ]),
    ...TOO_BIG
  ),
  invalid('2^53 bytes', header(2n ** 53n), ...UNSAFE_LENGTH),
  invalid('2^63 bytes', header(2n ** 63n), ...UNSAFE_LENGTH),
  invalid('2^64 - 1 bytes', header(2n ** 64n - 1n), ...UNSAFE_LENGTH)
];

describe('protocol errors', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    for (const { what, bytes, code, message, status, type } of violations) {
      it(`fails the connection for ${what}`, async () => {
        const { ws, peer } = await transport.open();
        const log = [];
        const errors = [];
        ws.on('message', () => log.push('message'));
        ws.on('error', (err) => {
          log.push(`error ${ws.readyState}`);
          errors.push(err);
        });
        ws.on('close', (...args) => log.push('close', ...args, ws.readyState));
        peer.write(bytes);
        const got = await peer.framesToEnd();
        peer.end();
        await peer.closed();
        await turns(3);

        assert.deepStrictEqual(
          got.map((frame) => [frame.code, frame.reason]),
          [[status, '']]
        );
        assert.strictEqual(errors.length, 1);
        assert.ok(errors[0] instanceof type);
        assert.strictEqual(errors[0].name, type.name);
        assert.strictEqual(errors[0].message, message);
        assert.strictEqual(errors[0].code, code);
        assert.deepStrictEqual(
          log.filter((one) => one !== 'message'),
          ['error 2', 'close', 1006, Buffer.alloc(0), 3]
        );
      });
    }

    it('delivers the messages in front of the violation', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      ws.on('message', (data) => log.push(String(data)));
      ws.on('error', (err) => log.push(err.code));
      peer.write(
        frames.text('one'),
        frames.text('two'),
        frames.frame(3, 'x'),
        frames.text('three')
      );
      await peer.framesToEnd();

      assert.deepStrictEqual(log, ['one', 'two', 'WS_ERR_INVALID_OPCODE']);
    });

    it('does not read on, not even a close frame', async () => {
      const { ws, peer } = await transport.open();
      ws.on('error', () => {});
      ws.on('message', () => assert.fail('a message'));
      const closed = nextEvent(ws, 'close');
      peer.write(frames.frame(3, 'x'), frames.close(1000, 'bye'));
      peer.write(frames.text('more'));
      await peer.framesToEnd();
      peer.end();

      assert.deepStrictEqual(await closed, [1006, Buffer.alloc(0)]);
    });

    it('sends first what the listeners sent', async () => {
      const { ws, peer } = await transport.open();
      ws.on('error', () => {});
      ws.on('message', (data) => ws.send(data));
      peer.write(frames.text('echo'), frames.frame(3, 'x'));
      const got = await peer.framesToEnd();

      assert.deepStrictEqual(
        got.map(({ opcode, payload }) => [opcode, payload.toString('latin1')]),
        [
          [frames.BINARY, 'echo'],
          [frames.CLOSE, '\u0003\u00ea']
        ]
      );
    });

    it('sends no second close frame after close()', async () => {
      const { ws, peer } = await transport.open();
      const error = nextEvent(ws, 'error');
      const closed = nextEvent(ws, 'close');
      ws.close(1000);
      peer.write(frames.frame(3, 'x'));
      const got = await peer.framesToEnd();
      peer.end();

      assert.strictEqual((await error)[0].code, 'WS_ERR_INVALID_OPCODE');
      assert.strictEqual((await closed)[0], 1006);
      assert.deepStrictEqual(
        got.map(({ code }) => code),
        [1000]
      );
    });

    it('lets send() fail with its callback from the error on', async () => {
      const { ws, peer } = await transport.open();
      const failed = new Promise((resolve) => {
        ws.on('error', () => ws.send('x', resolve));
      });
      peer.write(frames.frame(3, 'x'));

      assert.strictEqual(
        (await failed).message,
        'WebSocket is not open: readyState 2 (CLOSING)'
      );
    });

    it('can be terminated in its error event', async () => {
      const { ws, peer } = await transport.open();
      ws.on('error', () => ws.terminate());
      const closed = nextEvent(ws, 'close');
      peer.write(frames.frame(3, 'x'));

      assert.strictEqual((await closed)[0], 1006);
      await peer.ended();
    });

    for (const [what, act] of [
      ['is terminated', (ws) => ws.terminate()],
      ['loses its socket', (ws) => ws._socket.destroy()]
    ]) {
      it(`tells of it before close where it ${what} meanwhile`, async () => {
        const { ws, peer } = await transport.open();
        const events = [];
        ws.on('message', () => act(ws));
        ws.on('error', (err) => events.push(err.code));
        ws.on('close', (code) => events.push(code));
        peer.write(frames.text('x'), frames.frame(3, 'y'));
        await nextEvent(ws, 'close');
        await turns(3);

        assert.deepStrictEqual(events, ['WS_ERR_INVALID_OPCODE', 1006]);
      });
    }

    it('leaves other connections alone', async () => {
      const { endpoint, ws, peer } = await transport.open({}, (one) => {
        one.on('message', (data) => one.send(data));
      });
      ws.on('error', () => {});
      const other = await endpoint.upgraded();
      peer.write(frames.frame(3, 'x'));
      await peer.framesToEnd();
      other.write(frames.text('still'));

      assert.strictEqual((await other.nextFrame()).payload.toString(), 'still');
    });
  });
});
