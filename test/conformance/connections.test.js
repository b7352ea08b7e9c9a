'use strict';

const assert = require('node:assert');

const { itSurvives } = require('../support/echo-server');
const frames = require('../support/frames');
const { upgradeRequest } = require('../support/raw-client');
const { TCP, forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, turns, until } = require('../support/wait');

const MIB = 1024 * 1024;

/* A conversation from the first byte to the last. */
const TALK = Buffer.concat([
  Buffer.from(upgradeRequest()),
  frames.text('hello'),
  frames.ping('p'),
  frames.binary(Buffer.alloc(300, 1), { form: 64 }),
  frames.text('a', { fin: false }),
  frames.continuation('b'),
  frames.close(1000)
]);

/* Numbers that look random and are the same in every run. */
function seeded(seed) {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/* A frame that may be good or bad in any of its parts. */
function randomFrame(random) {
  const length = [0, 1, 2, 5, 125, 126, 127, 300, 70000][random(9)];
  const payload = Buffer.alloc(length, random(256));
  const options = {
    fin: random(4) > 0,
    rsv: random(8) === 0 ? random(8) : 0,
    mask: random(16) === 0 ? false : undefined
  };
  if (random(16) === 0) options.length = random(1000000);
  if (random(8) === 0 || options.length) options.form = 64;
  return frames.frame(random(random(8) === 0 ? 16 : 3), payload, options);
}

/* Waits until the server has no connection but those that remain. */
function untilOnly(server, count) {
  const { clients } = server.endpoint.wss;
  return until(() => clients.size === count, `only ${count} clients`);
}

/* Connects so many peers, a few at a time. */
async function connectMany(server, count) {
  const peers = [];
  while (peers.length < count) {
    const group = Array.from({ length: 20 }, () => server.upgraded());
    peers.push(...(await Promise.all(group)));
  }
  return peers;
}

describe('connections that end as they should not', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    itSurvives(transport, 'a FIN without a close frame', async (server) => {
      const peer = await server.upgraded();
      peer.end();
      assert.deepStrictEqual(await peer.framesToEnd(), []);
      await peer.closed();
      await untilOnly(server, 1);
    });

    itSurvives(
      transport,
      'a FIN behind what must be echoed',
      async (server) => {
        const peer = await server.upgraded();
        peer.write(frames.text('a'), frames.binary(Buffer.alloc(100000)));
        peer.end();
        const got = await peer.framesToEnd();

        assert.ok(got.length <= 2);
        await untilOnly(server, 1);
      }
    );

    itSurvives(transport, 'a FIN in the midst of a frame', async (server) => {
      const bytes = frames.binary(Buffer.alloc(200, 1));
      for (const place of [1, 2, 3, 4, 5, 8, 9, 100, bytes.length - 1]) {
        const peer = await server.upgraded();
        peer.write(bytes.subarray(0, place));
        peer.end();
        assert.deepStrictEqual(await peer.framesToEnd(), []);
      }
      await untilOnly(server, 1);
    });

    itSurvives(transport, '200 halves of a message', async (server) => {
      const peers = await connectMany(server, 200);
      const bytes = frames.binary(Buffer.alloc(1000, 2));
      for (const [i, peer] of peers.entries()) {
        peer.write(bytes.subarray(0, 1 + ((i * 5) % (bytes.length - 1))));
      }
      await server.assertAlive();
      for (const peer of peers) peer.destroy();
      await untilOnly(server, 1);
    });

    itSurvives(transport, '300 silent connections', async (server) => {
      const peers = await connectMany(server, 300);
      await server.assertAlive();
      await server.assertEcho(peers[299]);
      for (const peer of peers) peer.destroy();
      await untilOnly(server, 1);
    });

    itSurvives(transport, '500 connections gone at once', async (server) => {
      const peers = await connectMany(server, 500);
      for (const peer of peers) peer.reset();
      await untilOnly(server, 1);
    });

    itSurvives(
      transport,
      '500 connections that close at once',
      async (server) => {
        const peers = await connectMany(server, 500);
        for (const peer of peers) peer.write(frames.close(1001));
        for (const peer of peers) {
          const [frame] = await peer.framesToEnd();
          assert.strictEqual(frame.code, 1001);
          peer.end();
        }
        await untilOnly(server, 1);
      }
    );

    itSurvives(
      transport,
      '500 connections that the server closes',
      async (server) => {
        const peers = await connectMany(server, 500);
        for (const ws of [...server.endpoint.wss.clients].slice(1)) {
          ws.close(1012);
        }
        for (const peer of peers) {
          assert.strictEqual((await peer.nextFrame()).code, 1012);
          peer.write(frames.close(1012));
          peer.end();
        }
        await untilOnly(server, 1);
      }
    );

    itSurvives(
      transport,
      '32 MiB unread, then read in order',
      async (server) => {
        const peer = await server.upgraded();
        peer.socket.pause();
        for (let i = 0; i < 32; i++)
          peer.write(frames.binary(Buffer.alloc(MIB, i)));
        await turns(20);
        await server.assertAlive();
        peer.socket.resume();
        const got = await peer.nextFrames(32);

        got.forEach(({ payload }, i) => {
          assert.ok(payload.equals(Buffer.alloc(MIB, i)), `message ${i}`);
        });
      }
    );

    itSurvives(transport, '20,000 pings read, in order', async (server) => {
      const peer = await server.upgraded();
      for (let i = 0; i < 20; i++) {
        const pings = Array.from({ length: 1000 }, (_, k) =>
          frames.ping(`${i * 1000 + k}`)
        );
        peer.write(...pings);
        const got = await peer.nextFrames(1000);

        got.forEach(({ opcode, payload }, k) => {
          assert.strictEqual(opcode, frames.PONG);
          assert.strictEqual(payload.toString(), `${i * 1000 + k}`);
        });
      }
    });

    itSurvives(transport, '20,000 pings unread', async (server) => {
      const peer = await server.upgraded();
      peer.socket.pause();
      const pings = Buffer.concat(
        Array(1000).fill(frames.ping('p'.repeat(125)))
      );
      for (let i = 0; i < 20; i++) peer.write(pings);
      await turns(20);
      await server.assertAlive();
      peer.destroy();
    });

    itSurvives(transport, 'random frames from a fixed seed', async (server) => {
      const random = seeded(20261121);
      for (let i = 0; i < 200; i++) {
        const peer = await server.upgraded();
        const count = 1 + random(12);
        peer.write(...Array.from({ length: count }, () => randomFrame(random)));
        if (random(2)) await turns(random(3));
        if (random(3)) peer.destroy();
        else peer.end();
      }
      await untilOnly(server, 1);
    });

    itSurvives(transport, 'random bytes from a fixed seed', async (server) => {
      const random = seeded(61121202);
      for (let i = 0; i < 200; i++) {
        const peer = await server.upgraded();
        peer.write(Buffer.from(Array.from({ length: 64 }, () => random(256))));
        peer.end();
      }
      await untilOnly(server, 1);
    });
  });

  forEachTransport(
    (transport) => {
      itSurvives(transport, 'a RST after any byte', async (server) => {
        const step = transport.isSecure ? 7 : 1; /* handshakes take time */
        for (let i = 0; i <= TALK.length; i += step) {
          const peer = await server.raw();
          peer.write(TALK.subarray(0, i));
          if (i % 2) await turns(1);
          peer.reset();
        }
        await untilOnly(server, 1);
      });

      itSurvives(transport, 'a RST with 8 MiB on the way', async (server) => {
        for (let i = 0; i < 5; i++) {
          const peer = await server.upgraded();
          peer.socket.pause();
          for (let k = 0; k < 8; k++)
            peer.write(frames.binary(Buffer.alloc(MIB)));
          await turns(i * 3);
          peer.reset();
        }
        await untilOnly(server, 1);
      });

      itSurvives(transport, 'a RST in front of the echo', async (server) => {
        for (let i = 0; i < 50; i++) {
          const peer = await server.upgraded();
          peer.write(frames.text('x'.repeat(i * 100)));
          peer.reset();
        }
        await untilOnly(server, 1);
      });
    },
    [...TCP, 'https']
  );
});
