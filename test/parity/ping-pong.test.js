'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  called,
  nextEvent,
  nextEvents,
  turns
} = require('../support/wait');

const TOO_LONG = {
  name: 'RangeError',
  message: 'The data size must not be greater than 125 bytes'
};

/* What ping and pong can be given, and what must be on the wire. */
const forms = [
  ['nothing', [], ''],
  ['a string', ['h\u00e9'], 'h\u00e9'],
  ['a Buffer', [Buffer.from('bytes')], 'bytes'],
  ['a number', [50], '50'],
  ['zero', [0], '0'],
  ['undefined', [undefined], ''],
  ['null', [null], ''],
  ['an empty string', [''], ''],
  ['a view', [new Uint16Array([0x4241, 0x4443])], 'ABCD'],
  ['an ArrayBuffer', [new Uint8Array([65]).buffer], 'A'],
  ['an array', [[66, 67]], 'BC'],
  ['mask undefined', ['m', undefined], 'm'],
  ['mask false', ['m', false], 'm'],
  ['125 bytes', ['x'.repeat(125)], 'x'.repeat(125)]
];

describe('ping and pong', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    for (const [type, opcode] of [
      ['ping', frames.PING],
      ['pong', frames.PONG]
    ]) {
      it(`${type} sends each form of data`, async () => {
        const { ws, peer } = await transport.open();

        for (const [what, args, expected] of forms) {
          assert.strictEqual(ws[type](...args), undefined, what);
          const frame = await peer.nextFrame();

          assert.strictEqual(frame.opcode, opcode, what);
          assert.strictEqual(frame.payload.toString(), expected, what);
          assert.strictEqual(frame.isMasked, false, what);
          assert.ok(frame.fin && frame.rsv === 0, what);
        }
      });

      it(`${type} takes its callback in each place`, async () => {
        const { ws, peer } = await transport.open();

        for (const args of [[], ['x'], ['x', undefined], ['x', false]]) {
          const [err] = await called((done) => ws[type](...args, done));

          assert.ok(err === undefined || err === null);
        }
        const got = await peer.nextFrames(4);
        assert.deepStrictEqual(
          got.map(({ payload }) => payload.toString()),
          ['', 'x', 'x', 'x']
        );
      });

      it(`${type} refuses more than 125 bytes`, async () => {
        const { ws, peer } = await transport.open();

        for (const data of [
          'x'.repeat(126),
          Buffer.alloc(126),
          '\u20ac'.repeat(42),
          new Uint16Array(63)
        ]) {
          assert.throws(() => ws[type](data), TOO_LONG);
        }
        ws.send('still here');
        assert.strictEqual((await peer.nextFrame()).opcode, frames.TEXT);
      });

      it(`${type} refuses what is no data`, async () => {
        const { ws } = await transport.open();

        for (const data of [true, {}, 1n, Symbol('s')]) {
          assert.throws(() => ws[type](data), {
            name: 'TypeError',
            code: 'ERR_INVALID_ARG_TYPE'
          });
        }
      });

      it(`${type} gives its callback an error when not open`, async () => {
        const { ws } = await transport.open();
        ws.close();
        const before = ws.bufferedAmount;
        const [err] = await called((done) => ws[type]('four', done));

        assert.strictEqual(
          err.message,
          'WebSocket is not open: readyState 2 (CLOSING)'
        );
        assert.strictEqual(ws.bufferedAmount, before + 4);
        assert.strictEqual(ws[type](), undefined);
        assert.strictEqual(ws[type](12), undefined);
        assert.strictEqual(ws.bufferedAmount, before + 6);
      });

      it(`emits ${type} with a Buffer alone`, async () => {
        const { ws, peer } = await transport.open();

        for (const data of ['', 'x', 'y'.repeat(125)]) {
          const event = nextEvent(ws, type);
          peer.write(frames.frame(opcode, data));
          const args = await event;

          assert.strictEqual(args.length, 1);
          assert.ok(Buffer.isBuffer(args[0]));
          assert.strictEqual(args[0].toString(), data);
        }
      });
    }

    it('answers each ping with its bytes, in order', async () => {
      const { peer } = await transport.open();
      const pings = Array.from({ length: 50 }, (_, i) => `ping ${i}`);
      peer.write(...pings.map((data) => frames.ping(data)), frames.ping());
      const got = await peer.nextFrames(51);

      assert.ok(got.every(({ opcode }) => opcode === frames.PONG));
      assert.deepStrictEqual(
        got.map(({ payload }) => payload.toString()),
        [...pings, '']
      );
    });

    it('answers in the order of what is sent meanwhile', async () => {
      const { ws, peer } = await transport.open();
      ws.on('message', (data) => ws.send(`echo ${data}`));
      ws.on('ping', (data) => ws.send(`after ${data}`));
      peer.write(
        frames.ping('1'),
        frames.text('2'),
        frames.ping('3'),
        frames.ping('4'),
        frames.text('5')
      );
      const got = await peer.nextFrames(8);

      assert.deepStrictEqual(
        got.map(({ opcode, payload }) => `${opcode}:${payload}`),
        [
          '10:1',
          '1:after 1',
          '1:echo 2',
          '10:3',
          '1:after 3',
          '10:4',
          '1:after 4',
          '1:echo 5'
        ]
      );
    });

    it('answers a ping in the midst of a message', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      ws.on('ping', (data) => log.push(`ping ${data}`));
      ws.on('message', (data) => log.push(`message ${data}`));
      peer.write(frames.text('a', { fin: false }), frames.ping('p'));
      assert.strictEqual((await peer.nextFrame()).payload.toString(), 'p');
      peer.write(frames.continuation('b'), frames.ping('q'));
      await peer.nextFrame();

      assert.deepStrictEqual(log, ['ping p', 'message ab', 'ping q']);
    });

    it('does not answer pongs, asked for or not', async () => {
      const { ws, peer } = await transport.open();
      const pongs = nextEvents(ws, 'pong', 2);
      peer.write(frames.pong(), frames.pong('unasked'), frames.ping('last'));

      assert.strictEqual((await peer.nextFrame()).payload.toString(), 'last');
      assert.deepStrictEqual(await pongs, [
        [Buffer.alloc(0)],
        [Buffer.from('unasked')]
      ]);
    });

    it('does not answer a ping while it is closing', async () => {
      const { ws, peer } = await transport.open();
      const pings = nextEvents(ws, 'ping', 1);
      ws.close();
      peer.write(frames.ping('too late'), frames.close(1000));
      const got = await peer.framesToEnd();

      assert.deepStrictEqual(await pings, [[Buffer.from('too late')]]);
      assert.deepStrictEqual(
        got.map(({ opcode }) => opcode),
        [frames.CLOSE]
      );
    });

    it('keeps the heartbeat of the lessons alive', async () => {
      const { ws, client } = await transport.pair();
      for (let i = 0; i < 3; i++) {
        ws.isAlive = false;
        const pong = nextEvent(ws, 'pong');
        ws.ping();
        await pong;
        await turns(1);
      }
      assert.strictEqual(client.readyState, 1);
    });
  });
});
