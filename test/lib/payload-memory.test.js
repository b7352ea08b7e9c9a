'use strict';

const assert = require('node:assert');
const { Duplex } = require('node:stream');
const { MessageChannel } = require('node:worker_threads');

const native = require('../../lib/native');
const { runChild } = require('../support/child');
const { WebSocket } = require('../support/implementation');
const frames = require('../support/frames');
const {
  TCP,
  forEachTransport,
  onRelease,
  releaseAll
} = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  nextEvent,
  nextEvents,
  uncaught
} = require('../support/wait');

// Around the lengths from which on a payload's memory comes from elsewhere.
const LENGTHS = [1, 100, 4095, 4096, 4097, 16383, 16384, 16385, 40000, 65536];
const COUNT = 400;

/* Sends the Buffer away as an application does to its workers. Memory that C has
 * too is copied by Node 20, and refused by later ones. */
function transfer(buffer) {
  const { port1, port2 } = new MessageChannel();

  return new Promise((resolve) => {
    port2.once('message', (bytes) => {
      port1.close();
      resolve(Buffer.from(bytes));
    });
    try {
      port1.postMessage(buffer, [buffer.buffer]);
    } catch (err) {
      assert.strictEqual(err.name, 'DataCloneError');
      port1.postMessage(buffer);
    }
  });
}

/*
 * Runs in a child: receives many reads of some messages each, the first of which
 * is empty, and reports how many of the array buffers are left.
 */
async function countArrayBuffersLeft(kit, transportName, reads, length) {
  require('node:v8').setFlagsFromString('--expose-gc');
  const gc = require('node:vm').runInNewContext('gc');
  const { frames, wait } = kit;
  const endpoint = await kit.transports[transportName].listen();
  const { peer, ws } = await endpoint.accepted();
  const refs = [];
  const read = Buffer.concat([
    frames.text(''),
    ...Array.from({ length: 5 }, () => frames.binary(Buffer.alloc(length)))
  ]);

  ws.on('message', (data) => {
    if (data.length > 0) refs.push(new WeakRef(data.buffer));
  });
  for (let i = 0; i < reads; i++) {
    const messages = wait.nextEvents(ws, 'message', 6);
    peer.write(read);
    await messages;
  }
  kit.report(refs.length);
  kit.report(await wait.countUncollected(refs, gc));
  process.exit();
}

/*
 * Runs in a child: receives a few reads that inflate to far more messages than
 * most bring, and reports how many bytes of array buffers they leave behind.
 */
async function measureInflatedBurst(kit, transportName, count, length) {
  const zlib = require('node:zlib');
  require('node:v8').setFlagsFromString('--expose-gc');
  const gc = require('node:vm').runInNewContext('gc');
  const { frames } = kit;
  const endpoint = await kit.transports[transportName].listen({
    perMessageDeflate: true
  });
  const { peer, ws } = await endpoint.accepted({
    headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' }
  });
  const bytes = zlib
    .deflateRawSync(Buffer.alloc(length), {
      finishFlush: zlib.constants.Z_SYNC_FLUSH
    })
    .subarray(0, -4);
  const read = Array.from({ length: count }, () =>
    frames.binary(bytes, { rsv: 4 })
  );
  // What a collection finds is given back a little later.
  const measure = async () => {
    for (let i = 0; i < 5; i++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return process.memoryUsage().external;
  };

  const before = await measure();
  let left = count;
  const messages = new Promise((resolve) => {
    ws.on('message', () => --left === 0 && resolve());
  });
  peer.write(Buffer.concat(read));
  await messages;
  kit.report((await measure()) - before);
  process.exit();
}

function bytesOf(i) {
  return Buffer.alloc(LENGTHS[i % LENGTHS.length], 1 + (i % 251));
}

describe('the memory of payloads', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  forEachTransport((transport) => {
    it('is not written to again while the application has it', async () => {
      const { peer, ws } = await transport.open();
      const messages = nextEvents(ws, 'message', COUNT);

      for (let i = 0; i < COUNT; i++) peer.write(frames.binary(bytesOf(i)));

      const kept = await messages;

      kept.forEach(([data], i) => assert.ok(data.equals(bytesOf(i)), `${i}`));
    });

    for (const length of [1000, 4096, 5000, 20000]) {
      it(`is freed however reads of ${length} bytes fall into it`, async () => {
        const { reports, stderr } = await runChild(
          countArrayBuffersLeft,
          transport.name,
          200,
          length
        );

        assert.strictEqual(reports[0], 1000, stderr);
        assert.ok(reports[1] < 50, `${reports[1]} are left`);
      });
    }

    for (const [count, length] of [
      [20000, 4000],
      [2000, 30000]
    ]) {
      it(`is not held behind ${count} messages of ${length} bytes in one read`, async () => {
        const { reports, stderr } = await runChild(
          measureInflatedBurst,
          transport.name,
          count,
          length
        );

        assert.ok(reports[0] < 8 * 1024 * 1024, `${reports[0]} ${stderr}`);
      });
    }

    it('may be transferred to another thread, with its array buffer', async function () {
      // From Node 26 on TLS reads again into memory that a message may have.
      const major = Number(process.versions.node.split('.')[0]);
      if (transport.name === 'https' && major >= 26) this.skip();

      const { peer, ws } = await transport.open();
      const transferred = [];
      const all = new Promise((resolve) => {
        ws.on('message', (data) => {
          transferred.push(transfer(data));
          if (transferred.length === COUNT) resolve();
        });
      });

      for (let i = 0; i < COUNT; i++) {
        // In several reads, and several messages in each.
        peer.write(frames.binary(bytesOf(i)));
        if (i % 9 === 0) await new Promise(setImmediate);
      }
      await all;

      const received = await Promise.all(transferred);

      received.forEach((data, i) => assert.ok(data.equals(bytesOf(i)), `${i}`));
    });

    it('may be fed to a connection that is tunnelled through it', async () => {
      const { peer, ws } = await transport.open();
      const tunnel = new Duplex({ read() {}, write: (data, enc, cb) => cb() });
      const inner = new WebSocket(null, undefined, {});
      const [outside, inside] = [Buffer.alloc(20000, 'o'), bytesOf(7)];
      const tunnelled = nextEvents(inner, 'message', 1);
      const messages = nextEvents(ws, 'message', 3);

      onRelease(() => inner.terminate());
      inner.setSocket(tunnel, Buffer.alloc(0), {});
      ws.once('message', (data) => tunnel.push(data));
      // Two in one read, then one in another.
      peer.write(
        Buffer.concat([
          frames.binary(frames.binary(inside)),
          frames.binary(outside)
        ])
      );

      const [[data]] = await tunnelled;

      peer.write(frames.binary(Buffer.alloc(20000, 'n')));

      const [, [kept]] = await messages;

      assert.ok(data.equals(inside));
      assert.ok(kept.equals(outside));
    });

    it('is handed over though a listener terminates and throws', async () => {
      const { peer, ws } = await transport.open();
      const lengths = [];
      const thrown = uncaught();
      const closed = nextEvent(ws, 'close');

      ws.on('message', (data) => {
        lengths.push(data.length);
        if (lengths.length > 1) return;
        ws.terminate();
        throw new Error('of the application');
      });
      peer.write(
        frames.text('x'),
        frames.binary(Buffer.alloc(8000)),
        frames.binary(Buffer.alloc(100))
      );

      assert.strictEqual((await thrown).message, 'of the application');
      await closed;
      assert.deepStrictEqual(lengths, [1, 8000, 100]);
    });
  });

  forEachTransport((transport) => {
    // Streams of node's share their own chunks.
    if (!native.hasDescriptors) return;

    it('is no more than ten times a message that came alone', async () => {
      const { peer, ws } = await transport.open();
      const burst = Array.from({ length: 40 }, () =>
        frames.binary(Buffer.alloc(20000))
      );
      const received = async (...list) => {
        const messages = nextEvents(ws, 'message', list.length);

        peer.write(Buffer.concat(list));
        return (await messages).map(([data]) => data);
      };

      for (const length of [4097, 8191, 8192, 16384, 30000, 65536]) {
        await received(...burst);
        for (let i = 0; i < 20; i++) {
          const [data] = await received(frames.binary(Buffer.alloc(length, i)));

          assert.ok(data.equals(Buffer.alloc(length, i)));
          assert.ok(
            data.buffer.byteLength <= 10 * length,
            `${data.buffer.byteLength} bytes for ${length}`
          );
        }
      }
    });
  }, TCP);
});
