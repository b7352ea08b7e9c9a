'use strict';

const assert = require('node:assert');

const { forEachClientTransport } = require('../support/client-transports');
const { EchoClients, itSurvives } = require('../support/echo-client');
const frames = require('../support/server-frames');
const { TEST_TIMEOUT_MS, turns } = require('../support/wait');

const PART = { fin: false };
const TOO_BIG = [1009, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'];
const TOO_LONG = [1009, 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH'];
const TOO_MANY = [1008, 'WS_ERR_TOO_MANY_BUFFERED_PARTS'];

/* Lengths that no message can have, [what, length, outcome]. */
const LENGTHS = [
  ['the limit and a byte', 100 * 1024 * 1024 + 1, TOO_BIG],
  ['2^31', 2n ** 31n, TOO_BIG],
  ['2^32 + 5', 2n ** 32n + 5n, TOO_BIG],
  ['2^53 - 1', 2n ** 53n - 1n, TOO_BIG],
  ['2^53', 2n ** 53n, TOO_LONG],
  ['2^63', 2n ** 63n, TOO_LONG],
  ['2^64 - 1', 2n ** 64n - 1n, TOO_LONG]
];

/* Bytes of memory outside the heap of V8, and in it. */
function memory() {
  const { arrayBuffers, external, heapUsed } = process.memoryUsage();
  return arrayBuffers + external + heapUsed;
}

/* Writes blocks until the client breaks off; gives how many bytes went out. */
async function flood(victim, block, limit) {
  const { peer } = victim;
  let count = 0;
  while (count < limit && !peer.isOver && !peer.socket.destroyed) {
    if (!peer.socket.write(block)) await turns(1);
    count += block.length;
  }
  return count;
}

describe('a client and limits', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport((transport) => {
    for (const [what, length, outcome] of LENGTHS) {
      itSurvives(transport, `a length of ${what}`, async (victim) => {
        const before = memory();
        victim.write(frames.binary('x', { form: 64, length }));
        assert.deepStrictEqual(await victim.assertFails(...outcome), []);
        assert.ok(memory() - before < 32 << 20, 'memory was taken');
      });

      itSurvives(
        transport,
        `a length of ${what} in a continuation`,
        async (victim) => {
          victim.write(
            frames.binary('x', PART),
            frames.continuation('', { form: 64, length })
          );
          assert.deepStrictEqual(await victim.assertFails(...outcome), []);
        }
      );
    }

    itSurvives(
      transport,
      'a message of maxPayload, whole and in parts',
      async (victim) => {
        victim.write(
          frames.binary(Buffer.alloc(1000, 1)),
          frames.binary(Buffer.alloc(600, 2), PART),
          frames.ping(),
          frames.continuation(Buffer.alloc(400, 3))
        );
        const [first, , second] = await victim.peer.nextFrames(3);

        assert.strictEqual(first.payload.length, 1000);
        assert.strictEqual(second.payload.length, 1000);
      },
      { maxPayload: 1000 }
    );

    for (const [title, list] of [
      ['whole', [frames.binary(Buffer.alloc(1001))]],
      ['by its header alone', [frames.binary('', { form: 16, length: 1001 })]],
      [
        'in parts',
        [
          frames.binary(Buffer.alloc(1000), PART),
          frames.continuation('', PART),
          frames.continuation('x')
        ]
      ]
    ]) {
      itSurvives(
        transport,
        `one byte more than maxPayload, ${title}: 1009`,
        async (victim) => {
          victim.write(...list);
          assert.deepStrictEqual(await victim.assertFails(...TOO_BIG), []);
        },
        { maxPayload: 1000 }
      );
    }

    itSurvives(
      transport,
      'a message that never ends: 1009',
      async (victim) => {
        const block = frames.continuation(Buffer.alloc(65536, 'x'), PART);
        victim.write(frames.binary('', PART));
        const failed = victim.assertFails(...TOO_BIG);
        const written = await flood(victim, block, 256 << 20);
        assert.deepStrictEqual(await failed, []);
        assert.ok(written < 256 << 20);
      },
      { maxPayload: 1 << 20 }
    );

    for (const [title, payload] of [
      ['empty', ''],
      ['one-byte', 'x']
    ]) {
      itSurvives(transport, `16,384 ${title} parts`, async (victim) => {
        const part = frames.continuation(payload, PART);
        victim.write(
          frames.binary('', PART),
          ...Array(16382).fill(part),
          frames.continuation('end')
        );
        const { payload: got } = await victim.peer.nextFrame();

        assert.strictEqual(got.length, 16382 * payload.length + 3);
      });

      itSurvives(transport, `20,000 ${title} parts: 1008`, async (victim) => {
        const part = frames.continuation(payload, PART);
        victim.write(frames.binary('', PART), ...Array(20000).fill(part));
        assert.deepStrictEqual(await victim.assertFails(...TOO_MANY), []);
      });

      itSurvives(transport, `200,000 ${title} parts: 1008`, async (victim) => {
        const part = frames.continuation(payload, PART);
        const block = Buffer.concat(Array(10000).fill(part));
        victim.write(frames.binary('', PART));
        const failed = victim.assertFails(...TOO_MANY);
        await flood(victim, block, block.length * 20);
        assert.deepStrictEqual(await failed, []);
      });
    }

    itSurvives(
      transport,
      'maxFragments as an option: 1008',
      async (victim, clients) => {
        const part = frames.continuation('x', PART);
        victim.write(frames.text('x', PART), part, frames.continuation('x'));
        assert.strictEqual(
          (await victim.peer.nextFrame()).payload.toString(),
          'xxx'
        );
        victim.write(frames.text('x', PART), part, part, part);
        await victim.assertFails(...TOO_MANY);
        const free = await clients.open({ maxFragments: 0 });
        free.write(
          frames.text('x', PART),
          ...Array(20000).fill(part),
          frames.continuation('x')
        );
        assert.strictEqual((await free.peer.nextFrame()).payload.length, 20002);
      },
      { maxFragments: 3 }
    );

    itSurvives(
      transport,
      'pings whose pongs are not read: 1006',
      async (victim) => {
        const { client, peer } = victim;
        peer.socket.pause();
        const big = Buffer.alloc(1 << 20);
        for (let i = 0; i < 24; i++) client.send(big);
        await turns(5);
        peer.write(...Array(61).fill(frames.ping('p')));
        const [code] = await victim.closed;

        assert.strictEqual(code, 1006);
        assert.deepStrictEqual(victim.errors, []);
      }
    );

    itSurvives(transport, '20,000 pings that are read', async (victim) => {
      const block = Buffer.concat(Array(50).fill(frames.ping('p')));
      for (let i = 0; i < 400; i++) {
        victim.write(block);
        const got = await victim.peer.nextFrames(50);
        assert.ok(got.every(({ opcode }) => opcode === frames.PONG));
      }
    });
  });
});

describe('a client and hostile ends', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport((transport) => {
    itSurvives(transport, 'data behind a close frame', async (victim) => {
      victim.write(
        frames.close(1000, 'x'),
        frames.text('late'),
        frames.close(1001),
        Buffer.alloc(1000, 0xff)
      );
      assert.deepStrictEqual(await victim.assertCloses(1000), []);
    });

    itSurvives(transport, 'a close frame inside a message', async (victim) => {
      victim.write(
        frames.text('begun', PART),
        frames.close(1001),
        frames.continuation('never')
      );
      assert.deepStrictEqual(await victim.assertCloses(1001), []);
    });

    it('every good close code is answered with itself', async () => {
      const clients = await EchoClients.start(transport);
      for (const code of [1000, 1003, 1007, 1011, 1014, 3000, 4999]) {
        const victim = await clients.open();
        victim.write(frames.close(code, 'r'.repeat(123)));
        await victim.assertCloses(code);
      }
      await clients.assertAlive();
    });

    itSurvives(
      transport,
      'an end in the middle of anything',
      async (victim, clients) => {
        const bytes = Buffer.concat([
          frames.text('half', PART),
          frames.ping('p'),
          frames.continuation(Buffer.alloc(300)),
          frames.close(1000, 'c')
        ]);
        for (const method of ['end', 'destroy']) {
          for (let i = 0; i < bytes.length - 5; i += 7) {
            const other = await clients.open();
            other.write(bytes.subarray(0, i));
            other.peer[method]();
            const [code] = await other.closed;

            assert.strictEqual(code, 1006);
            assert.deepStrictEqual(other.errors, []);
          }
        }
        await victim.assertEcho();
      }
    );

    itSurvives(transport, 'random bytes', async (victim, clients) => {
      let seed = 20261121;
      const random = () => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return seed >>> 16;
      };
      for (let i = 0; i < 60; i++) {
        const other = await clients.open({ maxPayload: 1 << 20 });
        const bytes = Buffer.from(
          Array.from({ length: 1 + (random() % 200) }, () => random() & 255)
        );
        // A frame that begins well gets further.
        bytes[0] = [0x81, 0x82, 0x01, 0x89, 0x88, bytes[0]][i % 6];
        other.write(bytes);
        other.peer.end();
        await other.closed;
      }
      await victim.assertEcho();
    });

    itSurvives(
      transport,
      '50 at once that all vanish',
      async (victim, clients) => {
        const others = [];
        for (let i = 0; i < 50; i++) others.push(await clients.open());
        for (const { peer } of others) {
          peer.write(frames.text('x', PART));
          peer.destroy();
        }
        const codes = await Promise.all(others.map(({ closed }) => closed));

        assert.ok(codes.every(([code]) => code === 1006));
        await victim.assertEcho();
      }
    );
  });
});
