'use strict';

const assert = require('node:assert');
const { createHash } = require('node:crypto');

const ws = require('ws');

const implementation = require('../support/implementation');
const { onRelease, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

/* Messages of 1 byte to 64 MiB, compressed, to ws and back in both roles. */

const HOST = '127.0.0.1';
const KIB = 1024;
const MIB = 1024 * KIB;

// About where frames, windows, pools and threads begin or end.
const sizes = [
  1,
  2,
  3,
  125,
  126,
  KIB - 1,
  KIB,
  4 * KIB + 1,
  8 * KIB,
  32 * KIB - 1,
  32 * KIB,
  64 * KIB - 1,
  64 * KIB,
  64 * KIB + 1,
  MIB
];

/* Bytes that compress about fourfold. */
function makeBytes(size, seed) {
  const bytes = Buffer.alloc(size);
  let state = seed;

  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = 97 + ((state >>> 24) & (state >>> 28) & 7);
  }
  return bytes;
}

async function connect(server, client) {
  const wss = new server.WebSocketServer({
    host: HOST,
    port: 0,
    perMessageDeflate: { threshold: 0 }
  });

  onRelease(() => wss.close());
  await nextEvent(wss, 'listening');
  wss.on('connection', (socket) => {
    socket.on('message', (data) => socket.send(data));
  });

  const socket = new client.WebSocket(`ws://${HOST}:${wss.address().port}`, {
    perMessageDeflate: { threshold: 0 }
  });

  onRelease(() => socket.terminate());
  await nextEvent(socket, 'open');
  assert.notStrictEqual(socket.extensions, '');
  return socket;
}

async function echo(socket, bytes) {
  const message = nextEvent(socket, 'message');

  socket.send(bytes);
  return (await message)[0];
}

const sum = (bytes) => createHash('sha1').update(bytes).digest('hex');

const pairs = {
  'a server, with a client of ws': [implementation, ws],
  'a client, with a server of ws': [ws, implementation]
};

describe('[server-surface] compressed messages of any size', function () {
  this.timeout(TEST_TIMEOUT_MS);

  afterEach(releaseAll);

  for (const [role, [server, client]] of Object.entries(pairs)) {
    it(`come through ${role}`, async () => {
      const socket = await connect(server, client);

      for (const size of sizes) {
        for (const seed of [1, 1, 2]) {
          const bytes = makeBytes(size, seed);

          assert.ok((await echo(socket, bytes)).equals(bytes), `${size} bytes`);
        }
      }
    });

    it(`come through ${role}: 64 MiB`, async () => {
      const socket = await connect(server, client);
      const bytes = Buffer.alloc(64 * MIB, makeBytes(10 * KIB + 1, 3));
      const back = await echo(socket, bytes);

      assert.strictEqual(back.length, bytes.length);
      assert.strictEqual(sum(back), sum(bytes));
    });
  }
});
