'use strict';

const assert = require('node:assert');

const { assertCloses, itSurvives } = require('../support/echo-server');
const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const EURO = Buffer.from('\u20ac');

/* A stream that meets every kind of frame and each length form. */
const STREAM = Buffer.concat([
  frames.text('h\u00e9llo'),
  frames.ping('p'),
  frames.binary(Buffer.alloc(130, 7)),
  frames.text(EURO.subarray(0, 1), { fin: false }),
  frames.pong(''),
  frames.continuation(EURO.subarray(1, 2), { fin: false }),
  frames.ping('between'),
  frames.continuation('', { fin: false }),
  frames.continuation(EURO.subarray(2), { fin: false }),
  frames.continuation('tail', { form: 64 }),
  frames.text(''),
  frames.close(3001, 'done')
]);

/* What must come back, however the stream was cut. */
const ANSWERS = [
  [frames.TEXT, Buffer.from('h\u00e9llo')],
  [frames.PONG, Buffer.from('p')],
  [frames.BINARY, Buffer.alloc(130, 7)],
  [frames.PONG, Buffer.from('between')],
  [frames.TEXT, Buffer.from('\u20actail')],
  [frames.TEXT, Buffer.alloc(0)]
];

async function assertAnswers(peer) {
  const got = await assertCloses(peer, 3001);

  assert.deepStrictEqual(
    got.map(({ opcode, payload }) => [opcode, payload]),
    ANSWERS
  );
}

describe('any cut of the stream', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    itSurvives(transport, 'answers the stream as a whole', async (server) => {
      const peer = await server.upgraded();
      peer.write(STREAM);

      await assertAnswers(peer);
    });

    itSurvives(
      transport,
      'answers it right behind the handshake',
      async (server) => {
        await assertAnswers(await server.upgraded({ head: STREAM }));
      }
    );

    itSurvives(transport, 'answers it byte by byte', async (server) => {
      const peer = await server.upgraded();
      await peer.writeByteByByte(STREAM);

      await assertAnswers(peer);
    });

    itSurvives(
      transport,
      'answers it cut in two at every place',
      async (server) => {
        for (let i = 1; i < STREAM.length; i++) {
          const peer = await server.upgraded();
          await peer.writePieces([STREAM.subarray(0, i), STREAM.subarray(i)]);

          await assertAnswers(peer);
        }
      }
    );

    itSurvives(
      transport,
      'answers it cut by the handshake at every place',
      async (server) => {
        for (let i = 0; i <= STREAM.length; i += 3) {
          const peer = await server.upgraded({ head: STREAM.subarray(0, i) });
          peer.write(STREAM.subarray(i));

          await assertAnswers(peer);
        }
      }
    );

    itSurvives(transport, 'echoes 2000 frames of one write', async (server) => {
      const peer = await server.upgraded();
      const sent = Array.from({ length: 2000 }, (_, i) => `frame ${i}`);
      peer.write(...sent.map((one) => frames.text(one)));
      const got = await peer.nextFrames(2000);

      assert.deepStrictEqual(
        got.map(({ payload }) => payload.toString()),
        sent
      );
    });

    itSurvives(
      transport,
      'echoes frames in pieces of odd sizes',
      async (server) => {
        const peer = await server.upgraded();
        const sent = Array.from({ length: 60 }, (_, i) =>
          Buffer.alloc(i * 37, i)
        );
        const bytes = Buffer.concat(sent.map((one) => frames.binary(one)));
        const pieces = [];
        for (
          let at = 0, size = 1;
          at < bytes.length;
          at += size, size = (size % 997) + 113
        ) {
          pieces.push(bytes.subarray(at, at + size));
        }
        const echoed = peer.nextFrames(sent.length);
        await peer.writePieces(pieces);

        (await echoed).forEach(({ payload }, i) => {
          assert.ok(payload.equals(sent[i]), `message ${i}`);
        });
      }
    );

    itSurvives(
      transport,
      'echoes a large message in small pieces',
      async (server) => {
        const peer = await server.upgraded();
        const payload = Buffer.alloc(300000, Buffer.from('0123456789abc'));
        const bytes = frames.binary(payload);
        const pieces = [];
        for (let at = 0; at < bytes.length; at += 1371) {
          pieces.push(bytes.subarray(at, at + 1371));
        }
        await peer.writePieces(pieces);

        assert.ok((await peer.nextFrame()).payload.equals(payload));
      }
    );
  });
});
