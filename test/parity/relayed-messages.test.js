'use strict';

const assert = require('node:assert');
const { Duplex } = require('node:stream');

const frames = require('../support/frames');
const { WebSocket } = require('../support/implementation');
const { forEachTransport, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const SOCKET_OPTIONS = {
  allowSynchronousEvents: true,
  maxPayload: 0,
  skipUTF8Validation: false
};

/* A message that tells which one it is in every byte. */
function numbered(number, length) {
  return Buffer.alloc(length, number);
}

async function payloads(peer, count) {
  const got = await peer.nextFrames(count);

  return got.map(({ payload }) => payload);
}

describe('messages that are sent on', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  forEachTransport((transport) => {
    for (const length of [10, 200, 20000]) {
      it(`go as the listener left them (${length} bytes)`, async () => {
        const { ws, peer } = await transport.open();
        ws.on('message', (data) => {
          data[0] = 0xff;
          ws.send(data);
          ws.send(data.subarray(1));
          ws.send(data);
        });
        peer.write(frames.binary(numbered(1, length)));
        peer.write(frames.binary(numbered(2, length)));
        const got = await payloads(peer, 6);

        [1, 2].forEach((number, i) => {
          const sent = numbered(number, length);
          sent[0] = 0xff;
          assert.deepStrictEqual(got.slice(i * 3, i * 3 + 3), [
            sent,
            sent.subarray(1),
            sent
          ]);
        });
      });

      it(`are what they were, later (${length} bytes)`, async () => {
        const { ws, peer } = await transport.open();
        let last = Buffer.alloc(length);
        ws.on('message', (data) => {
          ws.send(last);
          last = data;
          setImmediate(() => ws.send(data));
        });
        ws.on('ping', () => ws.send(last));
        for (let number = 1; number < 60; number++) {
          peer.write(
            frames.ping(''),
            frames.binary(numbered(number, length)),
            frames.ping('')
          );
          const got = await payloads(peer, 6);
          const data = got.filter((payload) => payload.length > 0);

          assert.deepStrictEqual(
            data,
            [number - 1, number - 1, number, number].map((each) =>
              numbered(each, length)
            )
          );
        }
      });
    }

    it('reach many in the order in which they were sent', async () => {
      const first = await transport.open();
      const all = [first];
      const sent = [[], [], []];
      while (all.length < 3) all.push(await first.endpoint.accepted());

      function send(i, data, options) {
        all[i].ws.send(data, options);
        sent[i].push(Buffer.from(data));
      }

      for (let round = 0; round < 20; round++) {
        for (const length of [50, 127, 128, 200, 2000, 9000, 70000]) {
          const data =
            round % 3 === 0
              ? `${round}\u00e4\u20ac\u{1f600}\ud800`.repeat(length / 5)
              : numbered(round, length);

          for (let i = 0; i < 3; i++) send(i, data, { binary: round % 2 > 0 });
          if (round % 2) send(round % 3, Buffer.from([round]));
          if (round % 4 === 3) for (let i = 0; i < 3; i++) send(i, data);
        }
        if (round % 5 === 4) await new Promise(setImmediate);
      }
      for (const [i, { peer }] of all.entries()) {
        assert.deepStrictEqual(await payloads(peer, sent[i].length), sent[i]);
      }
    });

    it('are not mixed up with what comes within a listener', async () => {
      const { ws, peer } = await transport.open();
      const stream = new Duplex({ read() {}, write: (c, e, done) => done() });
      const inner = new WebSocket(null, undefined, {});
      const kept = [];
      inner.setSocket(stream, Buffer.alloc(0), SOCKET_OPTIONS);
      inner.on('message', (data) => {
        kept.push(data);
        ws.send(data);
      });
      ws.on('message', (data) => {
        stream.push(frames.binary(numbered(data[0] + 100, 300)));
        ws.send(data);
      });
      inner.on('ping', () => ws.send(kept[0]));
      for (const number of [1, 2, 3]) {
        peer.write(frames.binary(numbered(number, 200)));
      }
      const got = await payloads(peer, 6);
      const outer = got.filter(({ length }) => length === 200);
      const within = got.filter(({ length }) => length === 300);
      inner.terminate();

      assert.deepStrictEqual(
        outer,
        [1, 2, 3].map((number) => numbered(number, 200))
      );
      assert.deepStrictEqual(
        within,
        [101, 102, 103].map((number) => numbered(number, 300))
      );
    });
  });
});
