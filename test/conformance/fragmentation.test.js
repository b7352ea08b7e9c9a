'use strict';

const assert = require('node:assert');

const { assertCloses, itSurvives } = require('../support/echo-server');
const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const PART = { fin: false };

/* A message cut into frames at the places, with `between` after each cut. */
function cut(build, payload, places, between = []) {
  const parts = [];
  let start = 0;
  for (const place of [...places, payload.length]) {
    const fin = parts.length === places.length;
    const one = payload.subarray(start, place);
    parts.push(
      parts.length === 0
        ? build(one, { fin })
        : frames.continuation(one, { fin })
    );
    start = place;
  }
  return parts.flatMap((part, i) =>
    i < parts.length - 1 ? [part, ...between] : [part]
  );
}

const wrongOrders = [
  ['a continuation of nothing', [frames.continuation('x')]],
  ['a first part that is a continuation', [frames.continuation('x', PART)]],
  ['a message inside a message', [frames.text('a', PART), frames.text('b')]],
  ['binary inside text', [frames.text('a', PART), frames.binary('b')]],
  ['text inside binary', [frames.binary('a', PART), frames.text('b')]],
  [
    'a new first part inside a message',
    [frames.text('a', PART), frames.text('b', PART)]
  ],
  [
    'one continuation too many',
    [frames.text('a', PART), frames.continuation('b'), frames.continuation('c')]
  ],
  [
    'a continuation after a whole message',
    [frames.text('a'), frames.continuation('b')]
  ]
];

describe('fragmentation, RFC 6455 section 5.4', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    for (const [title, list] of wrongOrders) {
      itSurvives(transport, `${title}: 1002`, async (server) => {
        const peer = await server.upgraded();
        peer.write(...list);
        const got = await assertCloses(peer, 1002);

        assert.ok(got.length <= 1);
      });
    }

    for (const [name, build] of [
      ['text', frames.text],
      ['binary', frames.binary]
    ]) {
      itSurvives(
        transport,
        `${name} cut at every place echoes`,
        async (server) => {
          const peer = await server.upgraded();
          const payload = Buffer.from('fragment\u00e9\u20ac');
          for (let i = 0; i <= payload.length; i++) {
            peer.write(...cut(build, payload, [i]));
            const { fin, opcode, payload: got } = await peer.nextFrame();

            assert.ok(fin && got.equals(payload), `cut at ${i}`);
            assert.strictEqual(opcode, build('')[0] & 15);
          }
        }
      );
    }

    itSurvives(transport, 'empty parts anywhere echo', async (server) => {
      const peer = await server.upgraded();
      const lists = [
        [frames.text('', PART), frames.continuation('')],
        [frames.text('', PART), frames.continuation('x')],
        [frames.text('x', PART), frames.continuation('')],
        [
          frames.text('', PART),
          ...Array(100).fill(frames.continuation('', PART)),
          frames.continuation('x')
        ]
      ];
      for (const list of lists) peer.write(...list);
      const got = await peer.nextFrames(4);

      assert.deepStrictEqual(
        got.map(({ payload }) => payload.toString()),
        ['', 'x', 'x', 'x']
      );
    });

    itSurvives(
      transport,
      'control frames between all parts',
      async (server) => {
        const peer = await server.upgraded();
        const payload = Buffer.from('one character each');
        const places = Array.from(payload, (_, i) => i).slice(1);
        const between = [frames.ping('p'), frames.pong('q'), frames.ping()];
        peer.write(...cut(frames.binary, payload, places, between));
        const got = await peer.nextFrames(places.length * 2 + 1);

        assert.deepStrictEqual(
          got
            .slice(0, -1)
            .map(({ opcode, payload: one }) => [opcode, `${one}`]),
          places.flatMap(() => [
            [frames.PONG, 'p'],
            [frames.PONG, '']
          ])
        );
        assert.ok(got.at(-1).payload.equals(payload));
      }
    );

    itSurvives(transport, 'parts of every length form', async (server) => {
      const peer = await server.upgraded();
      const sizes = [0, 125, 126, 65535, 65536, 1];
      const payload = Buffer.alloc(
        sizes.reduce((sum, size) => sum + size),
        Buffer.from([1, 2, 3, 5, 7, 11, 13])
      );
      const places = [];
      for (const size of sizes) places.push((places.at(-1) ?? 0) + size);
      peer.write(...cut(frames.binary, payload, places));

      assert.ok((await peer.nextFrame()).payload.equals(payload));
    });

    itSurvives(
      transport,
      'a close inside a message is answered',
      async (server) => {
        const peer = await server.upgraded();
        peer.write(
          frames.text('begun', PART),
          frames.close(1001),
          frames.continuation('never')
        );

        assert.deepStrictEqual(await assertCloses(peer, 1001), []);
      }
    );

    for (const [title, count, payload] of [
      ['20,000 empty', 20000, ''],
      ['20,000 one-byte', 20000, 'x'],
      ['200,000 empty', 200000, ''],
      ['200,000 one-byte', 200000, 'x']
    ]) {
      itSurvives(transport, `${title} parts: 1008`, async (server) => {
        const peer = await server.upgraded();
        const part = frames.continuation(payload, PART);
        const block = Buffer.concat(Array(10000).fill(part));
        peer.write(frames.binary('', PART));
        for (let i = 0; i < count; i += 10000) peer.write(block);

        assert.deepStrictEqual(await assertCloses(peer, 1008), []);
      });
    }
  });
});
