'use strict';

const assert = require('node:assert');
const zlib = require('node:zlib');

const { EchoServer, assertCloses } = require('../support/echo-server');
const frames = require('../support/frames');
const { TCP, forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, turns, until } = require('../support/wait');

const MIB = 1024 * 1024;
const COMPRESSED = { rsv: 4 };
const PART = { fin: false };
const BOMBS = 30;

/* The payload of a message, compressed for itself. */
function deflated(data, options) {
  const bytes = zlib.deflateRawSync(data, {
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
    ...options
  });
  return bytes.subarray(0, -4);
}

function offer(parameters = '') {
  return {
    headers: {
      'Sec-WebSocket-Extensions': `permessage-deflate${parameters}`
    }
  };
}

/* A message of 256 MiB in a thousandth of it. */
let bomb;

function makeBomb() {
  bomb ??= deflated(Buffer.alloc(256 * MIB));
  return bomb;
}

/* The payload of a frame that may be compressed. */
function inflated({ rsv, payload }) {
  if ((rsv & 4) === 0) return payload;
  return zlib.inflateRawSync(
    Buffer.concat([payload, Buffer.from('0000ffff', 'hex')]),
    { finishFlush: zlib.constants.Z_SYNC_FLUSH }
  );
}

/* A test with an echo server that agrees to compress. */
function itInflates(transport, title, body, options) {
  it(title, async () => {
    const server = await EchoServer.start(transport, {
      perMessageDeflate: true,
      ...options
    });
    await body(await server.upgraded(offer()), server);
    await server.assertAlive();
  });
}

describe('compression, RFC 7692', function () {
  this.timeout(2 * TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    for (const [title, list] of [
      ['RSV1 on a ping', [frames.ping('', COMPRESSED)]],
      ['RSV1 on a pong', [frames.pong('', COMPRESSED)]],
      ['RSV1 on a close', [frames.close(1000, '', COMPRESSED)]],
      [
        'RSV1 on a continuation',
        [frames.text('a', PART), frames.continuation('b', COMPRESSED)]
      ],
      ['RSV2 beside RSV1', [frames.text('a', { rsv: 6 })]]
    ]) {
      itInflates(transport, `6: ${title}: 1002`, async (peer) => {
        peer.write(...list);
        assert.deepStrictEqual(await assertCloses(peer, 1002), []);
      });
    }

    it('6: what was not agreed on: 1002', async () => {
      const server = await EchoServer.start(transport, {
        perMessageDeflate: true
      });
      const peer = await server.upgraded();
      peer.write(frames.text(deflated('x'), COMPRESSED));
      await assertCloses(peer, 1002);
      await server.assertAlive();
    });

    for (const [title, payload] of [
      ['garbage', Buffer.from('ffffffff', 'hex')],
      [
        'a reference to nothing',
        deflated('abcabcabcabc', { dictionary: Buffer.from('abc') })
      ]
    ]) {
      itInflates(transport, `${title}: 1007`, async (peer) => {
        peer.write(frames.binary(payload, COMPRESSED));
        assert.deepStrictEqual(await assertCloses(peer, 1002, 1007), []);
      });
    }

    itInflates(transport, 'any truncation: an answer', async (_, server) => {
      const bytes = deflated('some text of some length, of some length');
      for (let i = 0; i < bytes.length; i++) {
        const peer = await server.upgraded(offer());
        peer.write(
          frames.binary(bytes.subarray(0, i), COMPRESSED),
          frames.close(1000)
        );
        const got = await peer.framesToEnd();
        peer.end();
        assert.ok([1000, 1002, 1007].includes(got.at(-1).code), `cut at ${i}`);
      }
    });

    itInflates(transport, 'bad UTF-8 inside: 1007', async (peer) => {
      peer.write(frames.text(deflated(Buffer.from([0xff])), COMPRESSED));
      assert.deepStrictEqual(await assertCloses(peer, 1007), []);
    });

    /* 7.2.3.4: such a message is whole, and others may follow. */
    itInflates(transport, '7.2.3.4: a final block', async (peer) => {
      const bytes = Buffer.concat([
        zlib.deflateRawSync('final'),
        Buffer.from([0])
      ]);
      peer.write(
        frames.text(bytes, COMPRESSED),
        frames.text(deflated('next'), COMPRESSED)
      );
      const got = await peer.nextFrames(2);
      assert.deepStrictEqual(
        got.map((frame) => String(inflated(frame))),
        ['final', 'next']
      );
    });

    itInflates(
      transport,
      'a bomb of 256 MiB: 1009',
      async (peer) => {
        peer.write(frames.binary(makeBomb(), COMPRESSED));
        assert.deepStrictEqual(await assertCloses(peer, 1009), []);
      },
      { maxPayload: MIB }
    );

    itInflates(
      transport,
      'a bomb in parts: 1009',
      async (peer) => {
        const bytes = makeBomb();
        peer.write(frames.binary('', { ...COMPRESSED, ...PART }));
        for (let i = 0; i < bytes.length; i += 10000) {
          const fin = i + 10000 >= bytes.length;
          peer.write(
            frames.continuation(bytes.subarray(i, i + 10000), { fin })
          );
        }
        assert.deepStrictEqual(await assertCloses(peer, 1009), []);
      },
      { maxPayload: MIB }
    );

    itInflates(
      transport,
      `${BOMBS} bombs at a time: 1009, memory bounded`,
      async (_, server) => {
        const frame = frames.binary(makeBomb(), COMPRESSED);
        const peers = [];
        while (peers.length < BOMBS) peers.push(await server.upgraded(offer()));
        const before = process.memoryUsage().rss;
        for (const peer of peers) peer.write(frame);
        await Promise.all(peers.map((peer) => assertCloses(peer, 1009)));
        const grown = process.memoryUsage().rss - before;
        if (!process.env.UVWS_SANITIZED) {
          assert.ok(grown < 192 * MIB, `${grown} bytes of memory`);
        }
      },
      { maxPayload: MIB }
    );

    itInflates(
      transport,
      'maxPayload exactly, and a byte more',
      async (peer) => {
        peer.write(frames.binary(deflated(Buffer.alloc(1000)), COMPRESSED));
        assert.strictEqual(inflated(await peer.nextFrame()).length, 1000);
        peer.write(frames.binary(deflated(Buffer.alloc(1001)), COMPRESSED));
        await assertCloses(peer, 1009);
      },
      { maxPayload: 1000 }
    );

    for (const bits of [9, 12, 15]) {
      itInflates(transport, `a window of ${bits} bits`, async (_, server) => {
        const peer = await server.upgraded(
          offer(`; server_max_window_bits=${bits}`)
        );
        const text = Array.from({ length: 20000 }, (_, i) => i).join(' ');
        peer.write(frames.text(text));
        const frame = await peer.nextFrame();
        const bytes = zlib.inflateRawSync(
          Buffer.concat([frame.payload, Buffer.from('0000ffff', 'hex')]),
          { finishFlush: zlib.constants.Z_SYNC_FLUSH, windowBits: bits }
        );
        assert.strictEqual(frame.rsv, 4);
        assert.strictEqual(bytes.toString(), text);
      });
    }
  });

  forEachTransport(
    (transport) => {
      itInflates(transport, 'a reset while inflating', async (_, server) => {
        const frame = frames.binary(
          deflated(Buffer.alloc(4 * MIB)),
          COMPRESSED
        );
        for (let i = 0; i < 12; i++) {
          const peer = await server.upgraded(offer());
          peer.write(frame, frame, frame);
          await turns(i % 4);
          peer.reset();
        }
        const { clients } = server.endpoint.wss;
        await until(() => clients.size === 2, 'the end of the others');
      });
    },
    [...TCP, 'https']
  );
});
