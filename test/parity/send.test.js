'use strict';

const assert = require('node:assert');

const { BINARY, TEXT } = require('../support/frames');
const { name } = require('../support/implementation');
const { TCP, forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, called, nextEvent, turn } = require('../support/wait');

const LENGTHS = [0, 1, 125, 126, 65535, 65536, 1024 * 1024];

const backing = Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).buffer;
const shared = new SharedArrayBuffer(3);
new Uint8Array(shared).set([7, 8, 9]);

/* What is sent, as which opcode and with which bytes it must arrive. */
const forms = [
  ['a string', 'h\u00e9llo \u{1f600}', TEXT, 'h\u00e9llo \u{1f600}'],
  ['a latin1 string', '\u00ff\u0080', TEXT, '\u00ff\u0080'],
  ['an empty string', '', TEXT, ''],
  ['a string with NUL', 'a\0b', TEXT, 'a\0b'],
  ['a lone surrogate', 'a\ud800b', TEXT, 'a\ufffdb'],
  ['a Buffer', Buffer.from('bytes'), BINARY, 'bytes'],
  ['an empty Buffer', Buffer.alloc(0), BINARY, ''],
  [
    'a slice of a Buffer',
    Buffer.from('0123456789').subarray(3, 6),
    BINARY,
    '345'
  ],
  ['a Uint8Array', new Uint8Array([1, 2, 3]), BINARY, [1, 2, 3]],
  ['a part of it', new Uint8Array(backing, 4, 3), BINARY, [4, 5, 6]],
  ['an Int8Array', new Int8Array([-1, -2]), BINARY, [255, 254]],
  ['a Uint16Array', new Uint16Array(backing, 2, 2), BINARY, [2, 3, 4, 5]],
  ['a Float32Array', new Float32Array(backing, 4, 1), BINARY, [4, 5, 6, 7]],
  [
    'a BigUint64Array',
    new BigUint64Array(backing, 0, 1),
    BINARY,
    [0, 1, 2, 3, 4, 5, 6, 7]
  ],
  ['a DataView', new DataView(backing, 9, 2), BINARY, [9, 10]],
  ['an ArrayBuffer', backing.slice(0, 4), BINARY, [0, 1, 2, 3]],
  ['an empty ArrayBuffer', new ArrayBuffer(0), BINARY, ''],
  ['a SharedArrayBuffer', shared, BINARY, [7, 8, 9]],
  ['a number', 42, TEXT, '42'],
  ['zero', 0, TEXT, '0'],
  ['minus zero', -0, TEXT, '0'],
  ['NaN', NaN, TEXT, 'NaN'],
  ['a fraction', 0.5, TEXT, '0.5'],
  ['nothing', undefined, BINARY, ''],
  ['null', null, BINARY, ''],
  ['false', false, BINARY, ''],
  ['an array', [1, 2, 300, -1], BINARY, [1, 2, 44, 255]],
  ['an empty array', [], BINARY, ''],
  ['a String object', new String('boxed'), BINARY, 'boxed'],
  [
    'an object with a primitive',
    { [Symbol.toPrimitive]: () => 'p' },
    BINARY,
    'p'
  ],
  ['an array-like', { length: 2, 0: 65, 1: 66 }, BINARY, 'AB'],
  ['the JSON of a Buffer', { type: 'Buffer', data: [67] }, BINARY, 'C']
];

const refused = [
  ['true', true],
  ['an object', {}],
  ['a bigint', 1n],
  ['a symbol', Symbol('s')],
  ['a Map', new Map()],
  ['a number object', new Number(3)]
];

/* What send() returns: uvws tells whether more may be sent. */
const [sent, notSent] = name === 'uvws' ? [true, false] : [];

describe('send', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('sends each form of data as ws does', async () => {
      const { ws, peer } = await transport.open();

      for (const [what, data, opcode, expected] of forms) {
        assert.strictEqual(ws.send(data), sent, what);
        const frame = await peer.nextFrame();

        assert.deepStrictEqual(
          [frame.opcode, frame.fin, frame.rsv, frame.isMasked],
          [opcode, true, 0, false],
          what
        );
        assert.deepStrictEqual(frame.payload, Buffer.from(expected), what);
      }
    });

    it('throws a TypeError for what is no data, and stays usable', async () => {
      const { ws, peer } = await transport.open();

      for (const [what, data] of refused) {
        assert.throws(
          () => ws.send(data),
          { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' },
          what
        );
      }
      ws.send('fine');
      assert.strictEqual((await peer.nextFrame()).payload.toString(), 'fine');
    });

    it('sends any view as binary and any string as text', async () => {
      const { ws, peer } = await transport.open();
      ws.send('0'.repeat(200));
      ws.send(new Uint16Array(200));
      const [text, binary] = await peer.nextFrames(2);

      assert.deepStrictEqual([text.opcode, text.payload.length], [TEXT, 200]);
      assert.deepStrictEqual(
        [binary.opcode, binary.payload.length],
        [BINARY, 400]
      );
    });

    for (const length of LENGTHS) {
      it(`sends ${length} bytes with the shortest header`, async () => {
        const { ws, peer } = await transport.open();
        const header = length < 126 ? 2 : length < 65536 ? 4 : 10;
        ws.send('x'.repeat(length));
        ws.send(Buffer.alloc(length, 'y'));
        const [text, binary] = await peer.nextFrames(2);

        assert.strictEqual(text.size, header + length);
        assert.ok(text.payload.equals(Buffer.alloc(length, 'x')));
        assert.strictEqual(binary.size, header + length);
        assert.ok(binary.payload.equals(Buffer.alloc(length, 'y')));
      });
    }

    it('counts the bytes, not the characters, of a string', async () => {
      const { ws, peer } = await transport.open();

      for (const [one, count] of [
        ['\u00e9', 63],
        ['\u20ac', 42],
        ['\u{1f600}', 16384]
      ]) {
        ws.send(one.repeat(count));
        const { payload } = await peer.nextFrame();

        assert.ok(payload.equals(Buffer.from(one.repeat(count))), one);
      }
    });

    it('keeps the order of what is sent in one go', async () => {
      const { ws, peer } = await transport.open();
      const expected = [];
      for (let i = 0; i < 300; i++) {
        const data = `${i} `.repeat(i % 7 === 0 ? 3000 : 3);
        expected.push(data);
        ws.send(i % 2 ? data : Buffer.from(data));
      }
      const got = await peer.nextFrames(300);

      assert.deepStrictEqual(
        got.map(({ payload }) => payload.toString()),
        expected
      );
    });

    it('sends what the client of ws understands', async () => {
      const { ws, client } = await transport.pair();
      const message = nextEvent(client, 'message');
      ws.send('to the client');
      assert.deepStrictEqual(await message, [
        Buffer.from('to the client'),
        false
      ]);

      const echo = nextEvent(ws, 'message');
      client.send(Buffer.alloc(70000, 'z'));
      assert.deepStrictEqual(await echo, [Buffer.alloc(70000, 'z'), true]);
    });

    it('takes options and callback in each place', async () => {
      const { ws, peer } = await transport.open();

      for (const args of [[undefined], [null], [{}], []]) {
        const result = await called((done) => ws.send('x', ...args, done));

        assert.ok(result[0] === undefined || result[0] === null);
      }
      assert.strictEqual((await peer.nextFrames(4)).length, 4);
    });

    it('has options that say text or binary', async () => {
      const { ws, peer } = await transport.open();
      ws.send('as binary', { binary: true });
      ws.send(Buffer.from('as text'), { binary: false });
      ws.send('default', { binary: undefined });
      ws.send(undefined, { binary: false });
      const got = await peer.nextFrames(4);

      assert.deepStrictEqual(
        got.map(({ opcode, payload }) => [opcode, payload.toString()]),
        [
          [BINARY, 'as binary'],
          [TEXT, 'as text'],
          [TEXT, 'default'],
          [TEXT, '']
        ]
      );
    });

    it('calls each callback once, without an error, in order', async () => {
      const { ws, peer } = await transport.open();
      const calls = [];
      for (let i = 0; i < 200; i++) {
        const data = 'd'.repeat(i % 10 === 0 ? 20000 : 10);
        ws.send(data, (err) => calls.push([i, err ?? null]));
      }
      assert.deepStrictEqual(calls, []);
      await peer.nextFrames(200);
      await turn();
      await turn();

      assert.deepStrictEqual(
        calls,
        Array.from({ length: 200 }, (_, i) => [i, null])
      );
    });

    it('does not touch the data given', async () => {
      const { ws, peer } = await transport.open();
      const data = Buffer.from('untouched');
      await called((done) => ws.send(data, done));
      await peer.nextFrame();

      assert.strictEqual(data.toString(), 'untouched');
    });

    it('allows the data to be changed once its callback was called', async () => {
      const { ws, peer } = await transport.open();
      const data = Buffer.alloc(50000, 'a');
      await called((done) => ws.send(data, done));
      data.fill('b');
      const { payload } = await peer.nextFrame();

      assert.ok(payload.equals(Buffer.alloc(50000, 'a')));
    });

    for (const state of ['CLOSING', 'CLOSED']) {
      it(`gives its callback an error when ${state}`, async () => {
        const { ws, peer } = await transport.open();
        if (state === 'CLOSED') {
          peer.destroy();
          await nextEvent(ws, 'close');
        } else {
          ws.close();
        }
        const order = [];
        const result = called((done) =>
          ws.send('late', (err) => {
            order.push('callback');
            done(err);
          })
        );
        order.push('returned');
        const [err] = await result;

        assert.ok(err instanceof Error);
        assert.strictEqual(
          err.message,
          `WebSocket is not open: readyState ${ws[state]} (${state})`
        );
        assert.deepStrictEqual(order, ['returned', 'callback']);
      });

      it(`does not throw without a callback when ${state}`, async () => {
        const { ws, peer } = await transport.open();
        if (state === 'CLOSED') {
          peer.destroy();
          await nextEvent(ws, 'close');
        } else {
          ws.close();
        }
        const before = ws.bufferedAmount;

        assert.strictEqual(ws.send('four'), notSent);
        assert.strictEqual(ws.bufferedAmount, before + 4);
        ws.send(new Uint16Array(3));
        assert.strictEqual(ws.bufferedAmount, before + 10);
        ws.send('\u20ac');
        ws.send();
        ws.send(12345);
        assert.strictEqual(ws.bufferedAmount, before + 18);
      });
    }

    it('tells the callbacks of a connection that was terminated', async () => {
      const { ws, peer } = await transport.open();
      peer.socket.pause();
      const results = [];
      const big = Buffer.alloc(1024 * 1024);
      for (let i = 0; i < 32; i++) {
        ws.send(big, (err) => results.push(err ?? null));
      }
      const closed = nextEvent(ws, 'close');
      ws.terminate();
      await closed;
      await turn();

      assert.strictEqual(results.length, 32);
      const failed = results.filter((err) => err !== null);
      assert.ok(failed.length > 0);
      for (const err of failed) assert.ok(err instanceof Error);
    });
  });

  forEachTransport((transport) => {
    it('calls back in a tick, after the promise job that sent', async function () {
      // A stream in between takes a tick of its own.
      if (process.env.UVWS_STREAMS === '1') this.skip();
      const { ws } = await transport.open();
      const log = [];
      await turn();
      process.nextTick(() => log.push('tick before'));
      Promise.resolve().then(() => log.push('microtask before'));
      ws.send('x', () => log.push('callback'));
      process.nextTick(() => log.push('tick after'));
      Promise.resolve().then(() => log.push('microtask after'));
      setImmediate(() => log.push('immediate'));
      log.push('returned');
      await turn();
      await turn();

      assert.deepStrictEqual(log, [
        'returned',
        'microtask before',
        'microtask after',
        'tick before',
        'callback',
        'tick after',
        'immediate'
      ]);
    });

    it('calls back in ticks of the right order, before promise jobs', async function () {
      if (process.env.UVWS_STREAMS === '1') this.skip();
      const { ws } = await transport.open();
      const log = [];
      const done = new Promise((resolve) => {
        setImmediate(() => {
          process.nextTick(() => log.push('tick before'));
          ws.send('one', () => log.push('callback 1'));
          ws.send('two'.repeat(100), () => log.push('callback 2'));
          process.nextTick(() => log.push('tick between'));
          ws.send(Buffer.from('three'), () => log.push('callback 3'));
          process.nextTick(() => log.push('tick after'));
          Promise.resolve().then(() => log.push('microtask'));
          setImmediate(() => resolve(log.push('immediate')));
          log.push('returned');
        });
      });
      await done;

      assert.deepStrictEqual(log, [
        'returned',
        'tick before',
        'callback 1',
        'callback 2',
        'tick between',
        'callback 3',
        'tick after',
        'microtask',
        'immediate'
      ]);
    });

    it('takes no turn of the loop for 5000 awaited sends', async () => {
      const { ws, peer } = await transport.open();
      let turnsTaken = 0;
      const count = () => {
        turnsTaken++;
        immediate = setImmediate(count);
      };
      await turn();
      let immediate = setImmediate(count);
      for (let i = 0; i < 5000; i++) {
        await new Promise((resolve) => ws.send(`${i}`, resolve));
      }
      clearImmediate(immediate);

      assert.strictEqual(turnsTaken, 0);
      const got = await peer.nextFrames(5000);
      assert.strictEqual(got[4999].payload.toString(), '4999');
    });
  }, TCP);
});
