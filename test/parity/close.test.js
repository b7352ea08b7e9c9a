'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { TCP, forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, turns } = require('../support/wait');

const GOOD_CODES = [
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014],
  ...[3000, 3999, 4000, 4999]
];

const BAD_CODES = [
  ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535, 65536],
  ...[-1, NaN, Infinity, '1000', null, true, {}, [], () => {}]
];

const BAD_CODE = {
  name: 'TypeError',
  message: 'First argument must be a valid error code number'
};

describe('closing', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    for (const code of GOOD_CODES) {
      it(`sends the code ${code}`, async () => {
        const { ws, peer } = await transport.open();
        ws.close(code, 'why');
        const frame = await peer.nextFrame();

        assert.deepStrictEqual([frame.code, frame.reason], [code, 'why']);
        assert.ok(frame.fin && !frame.isMasked && frame.rsv === 0);
      });
    }

    it('refuses what is no code and stays open', async () => {
      const { ws, peer } = await transport.open();

      for (const code of BAD_CODES) {
        assert.throws(() => ws.close(code), BAD_CODE, String(code));
        assert.strictEqual(ws.readyState, 1);
      }
      ws.send('open');
      assert.strictEqual((await peer.nextFrame()).payload.toString(), 'open');
    });

    it('refuses a bad reason and stays open', async () => {
      const { ws, peer } = await transport.open();
      const tooLong = {
        name: 'RangeError',
        message: 'The message must not be greater than 123 bytes'
      };
      const noText = {
        name: 'TypeError',
        message: 'Second argument must be a string or a Uint8Array'
      };

      for (const reason of [
        'x'.repeat(124),
        '\u20ac'.repeat(42),
        Buffer.alloc(124)
      ]) {
        assert.throws(() => ws.close(1000, reason), tooLong);
      }
      assert.throws(() => ws.close(1000, new Float32Array(3)), noText);
      assert.throws(() => ws.close(1000, [1, 2]), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE'
      });
      assert.throws(() => ws.close(1000, null), { name: 'TypeError' });
      assert.strictEqual(ws.readyState, 1);
      ws.close(1000, 'x'.repeat(123));
      assert.strictEqual((await peer.nextFrame()).reason, 'x'.repeat(123));
    });

    const payloads = [
      ['nothing', [], ''],
      ['undefined and a reason', [undefined, 'lost'], ''],
      ['a code', [1000], '03e8'],
      ['a code and an empty reason', [1000, ''], '03e8'],
      ['a code and undefined', [1001, undefined], '03e9'],
      ['a string', [1000, 'h\u00e9'], '03e868c3a9'],
      ['a Buffer', [1000, Buffer.from('bye')], '03e8627965'],
      ['a Uint8Array', [1000, new Uint8Array([97, 98])], '03e86162'],
      ['an empty Buffer', [1000, Buffer.alloc(0)], '03e8'],
      ['a fraction', [1000.5], '03e8'],
      ['a number for a reason', [1000, 5], '03e8']
    ];

    for (const [what, args, hex] of payloads) {
      it(`sends a frame with ${what}`, async () => {
        const { ws, peer } = await transport.open();
        assert.strictEqual(ws.close(...args), undefined);
        const frame = await peer.nextFrame();

        assert.strictEqual(frame.opcode, frames.CLOSE);
        assert.strictEqual(frame.payload.toString('hex'), hex);
      });
    }

    it('is CLOSING from close() on and CLOSED in its event', async () => {
      const { ws, peer } = await transport.open();
      const states = [ws.readyState];
      const closed = nextEvent(ws, 'close');
      ws.on('close', () => states.push(ws.readyState));
      ws.close(1000);
      states.push(ws.readyState);
      peer.write(frames.close(1000));
      await peer.ended();
      peer.end();
      await closed;

      assert.deepStrictEqual(states, [1, 2, 3]);
    });

    it('gives the code and the reason that the peer answered', async () => {
      const { ws, peer } = await transport.open();
      const closed = nextEvent(ws, 'close');
      ws.close(4000, 'mine');
      await peer.nextFrame();
      peer.write(frames.close(4001, 'yours'));
      await peer.ended();
      peer.end();
      const args = await closed;

      assert.deepStrictEqual(args, [4001, Buffer.from('yours')]);
      assert.ok(Buffer.isBuffer(args[1]));
    });

    it('ends its side first once both frames went', async () => {
      const { ws, peer } = await transport.open();
      ws.close(1000);
      await peer.nextFrame();
      peer.write(frames.close(1000));
      const left = await peer.framesToEnd();

      assert.deepStrictEqual(left, []);
      assert.ok(peer.hasEnded);
    });

    const initiated = [
      [1005, '', ''],
      [1000, '', '03e8'],
      [1001, 'going', '03e9676f696e67'],
      [3000, 'h\u00e9', '0bb868c3a9'],
      [4999, 'x'.repeat(123), '1387' + '78'.repeat(123)]
    ];

    for (const [code, reason, hex] of initiated) {
      it(`answers the peer's ${code} with the same`, async () => {
        const { ws, peer } = await transport.open();
        const closed = nextEvent(ws, 'close');
        peer.write(frames.frame(frames.CLOSE, Buffer.from(hex, 'hex')));
        const got = await peer.framesToEnd();
        peer.end();

        assert.deepStrictEqual(
          got.map(({ opcode, payload }) => [opcode, payload.toString('hex')]),
          [[frames.CLOSE, hex]]
        );
        assert.deepStrictEqual(await closed, [code, Buffer.from(reason)]);
        assert.strictEqual(ws.readyState, 3);
      });
    }

    it('emits close once, when both sides close at once', async () => {
      const { ws, peer } = await transport.open();
      const events = [];
      ws.on('close', (code, reason) => events.push([code, String(reason)]));
      ws.close(4000, 'server');
      peer.write(frames.close(4001, 'client'));
      const got = await peer.framesToEnd();
      peer.end();
      await peer.closed();
      await turns(3);

      assert.deepStrictEqual(
        got.map(({ code }) => code),
        [4000]
      );
      assert.deepStrictEqual(events, [[4001, 'client']]);
    });

    it('sends one close frame, however often it is asked', async () => {
      const { ws, peer } = await transport.open();
      const closed = nextEvent(ws, 'close');
      ws.close(4000);
      ws.close(4001);
      ws.close();
      assert.doesNotThrow(() => ws.close(1));
      peer.write(frames.close(4000));
      const got = await peer.framesToEnd();
      peer.end();
      await closed;
      ws.close(4002);
      ws.close(1);

      assert.deepStrictEqual(
        got.map(({ code }) => code),
        [4000]
      );
    });

    it('sends first what was sent before', async () => {
      const { ws, peer } = await transport.open();
      for (let i = 0; i < 20; i++) ws.send(`${i}`.repeat(1000));
      ws.ping('p');
      ws.close(1000, 'done');
      ws.send('never');
      const got = await peer.nextFrames(22);

      assert.strictEqual(got[19].payload.toString(), '19'.repeat(1000));
      assert.strictEqual(got[20].opcode, frames.PING);
      assert.strictEqual(got[21].reason, 'done');
      peer.write(frames.close(1000));
      assert.strictEqual(await peer.nextFrame(), null);
    });

    it('still receives while it is closing', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      for (const name of ['message', 'ping', 'pong', 'close']) {
        ws.on(name, (data) => log.push(`${name} ${data} ${ws.readyState}`));
      }
      const closed = nextEvent(ws, 'close');
      ws.close();
      await peer.nextFrame();
      peer.write(frames.text('a'), frames.ping('b'), frames.pong('c'));
      peer.write(frames.close(1000));
      await peer.ended();
      peer.end();
      await closed;

      assert.deepStrictEqual(log, [
        'message a 2',
        'ping b 2',
        'pong c 2',
        'close 1000 3'
      ]);
    });

    it('ignores all that comes after a close frame', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      for (const name of ['message', 'ping', 'pong', 'error']) {
        ws.on(name, () => log.push(name));
      }
      const closed = nextEvent(ws, 'close');
      peer.write(
        frames.close(1000, 'first'),
        frames.text('x'),
        frames.close(1001, 'second'),
        frames.ping('y'),
        Buffer.from('ffffffff', 'hex')
      );
      const got = await peer.framesToEnd();
      peer.write(frames.text('z'));
      peer.end();

      assert.deepStrictEqual(await closed, [1000, Buffer.from('first')]);
      assert.deepStrictEqual(log, []);
      assert.strictEqual(got.length, 1);
    });

    it('takes a close in the midst of a message', async () => {
      const { ws, peer } = await transport.open();
      ws.on('message', () => assert.fail('a message'));
      const closed = nextEvent(ws, 'close');
      peer.write(frames.text('part', { fin: false }), frames.close(1000));
      await peer.framesToEnd();
      peer.end();

      assert.deepStrictEqual(await closed, [1000, Buffer.alloc(0)]);
    });

    it('gives 1006 for a FIN without a close frame', async () => {
      const { ws, peer } = await transport.open();
      ws.on('error', () => assert.fail('an error'));
      const closed = nextEvent(ws, 'close');
      peer.end();

      assert.deepStrictEqual(await closed, [1006, Buffer.alloc(0)]);
      assert.strictEqual(ws.readyState, 3);
      assert.deepStrictEqual(await peer.framesToEnd(), []);
    });

    it('gives 1006 for a FIN in the midst of a frame', async () => {
      const { ws, peer } = await transport.open();
      ws.on('error', () => assert.fail('an error'));
      ws.on('message', () => assert.fail('a message'));
      const closed = nextEvent(ws, 'close');
      peer.write(frames.text('hello').subarray(0, 8));
      peer.end();

      assert.deepStrictEqual(await closed, [1006, Buffer.alloc(0)]);
    });

    it('delivers the messages in front of a FIN', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      ws.on('message', (data) => log.push(`${data} ${ws.readyState}`));
      const closed = nextEvent(ws, 'close');
      peer.write(frames.text('one'), frames.text('two'));
      peer.end();

      assert.strictEqual((await closed)[0], 1006);
      assert.deepStrictEqual(log, ['one 1', 'two 1']);
    });

    it('gives the close code when FIN follows the close frame', async () => {
      const { ws, peer } = await transport.open();
      const closed = nextEvent(ws, 'close');
      peer.write(frames.close(1001, 'page left'));
      peer.end();

      assert.deepStrictEqual(await closed, [1001, Buffer.from('page left')]);
    });

    it('gives 1006 when the peer just vanishes', async () => {
      const { ws, peer } = await transport.open();
      ws.on('error', () => assert.fail('an error'));
      const closed = nextEvent(ws, 'close');
      peer.reset();

      assert.deepStrictEqual(await closed, [1006, Buffer.alloc(0)]);
    });

    it('gives 1006 when the peer vanishes before it answers', async () => {
      const { ws, peer } = await transport.open();
      const closed = nextEvent(ws, 'close');
      ws.close(1000);
      await peer.nextFrame();
      peer.destroy();

      assert.deepStrictEqual(await closed, [1006, Buffer.alloc(0)]);
    });

    it('terminates without a close frame', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      ws.on('close', (code, reason) => log.push(code, reason.length));
      assert.strictEqual(ws.terminate(), undefined);
      assert.strictEqual(ws.readyState, 2);
      assert.deepStrictEqual(log, []);
      ws.terminate();
      ws.close();
      await nextEvent(ws, 'close');
      ws.terminate();
      ws.close();

      assert.deepStrictEqual(log, [1006, 0]);
      assert.deepStrictEqual(await peer.framesToEnd(), []);
    });

    it('terminates a connection that is closing', async () => {
      const { ws, peer } = await transport.open();
      const closed = nextEvent(ws, 'close');
      ws.close(1000);
      await peer.nextFrame();
      ws.terminate();

      assert.deepStrictEqual(await closed, [1006, Buffer.alloc(0)]);
      await peer.ended();
    });

    it('has all events of a client of ws agree', async () => {
      const { ws, client } = await transport.pair();
      const server = nextEvent(ws, 'close');
      const other = nextEvent(client, 'close');
      client.close(4321, 'from the client');
      const expected = [4321, Buffer.from('from the client')];

      assert.deepStrictEqual(await server, expected);
      assert.deepStrictEqual(await other, expected);
    });

    it('closes a client of ws', async () => {
      const { ws, client } = await transport.pair();
      const server = nextEvent(ws, 'close');
      const other = nextEvent(client, 'close');
      ws.close(1008, 'policy');
      const expected = [1008, Buffer.from('policy')];

      assert.deepStrictEqual(await server, expected);
      assert.deepStrictEqual(await other, expected);
    });
  });

  forEachTransport((transport) => {
    it('gives 1006 and no error for a RST', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      ws.on('error', (err) => log.push(err));
      const closed = nextEvent(ws, 'close');
      peer.reset();

      assert.deepStrictEqual(await closed, [1006, Buffer.alloc(0)]);
      assert.deepStrictEqual(log, []);
    });

    it('gives 1006 and no error for a RST while it writes', async () => {
      const { ws, peer } = await transport.open();
      ws.on('error', () => assert.fail('an error'));
      peer.socket.pause();
      const big = Buffer.alloc(1024 * 1024);
      for (let i = 0; i < 8; i++) ws.send(big);
      const closed = nextEvent(ws, 'close');
      peer.reset();

      assert.deepStrictEqual(await closed, [1006, Buffer.alloc(0)]);
    });
  }, TCP);
});
