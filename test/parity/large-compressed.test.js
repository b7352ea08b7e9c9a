'use strict';

const assert = require('node:assert');
const zlib = require('node:zlib');

const frames = require('../support/frames');
const { Child, runChild } = require('../support/child');
const { json } = require('../support/json');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, called, nextEvent } = require('../support/wait');

/*
 * What takes so long to compress that it is not done at once, and what may
 * happen meanwhile.
 */

const RSV1 = 4;
const LARGE = 300000;
const OFFER = { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } };
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

/* Inflates the messages of one connection, whose context is taken over. */
class Inflater {
  #before = [];
  #length = 0;

  text(...parts) {
    this.#before.push(...parts, TAIL);

    const all = zlib.inflateRawSync(Buffer.concat(this.#before), {
      finishFlush: zlib.constants.Z_SYNC_FLUSH
    });
    const text = all.subarray(this.#length).toString();

    this.#length = all.length;
    return text;
  }
}

describe('[server-surface] a large message, compressed', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    async function accepted(perMessageDeflate = true, options) {
      const endpoint = await transport.listen({
        perMessageDeflate,
        ...options
      });

      return endpoint.accepted(OFFER);
    }

    it('counts as buffered, with what waits behind it', async () => {
      const { ws, peer } = await accepted();
      const isSent = called((cb) => ws.send(json(LARGE), cb));

      assert.strictEqual(ws.bufferedAmount, LARGE);
      ws.ping('ping');
      assert.strictEqual(ws.bufferedAmount, LARGE + 4);
      ws.send('small');
      assert.strictEqual(ws.bufferedAmount, LARGE + 9);
      ws.send(Buffer.alloc(LARGE));
      assert.strictEqual(ws.bufferedAmount, 2 * LARGE + 9);
      ws.close(1000, 'bye');
      assert.strictEqual(ws.bufferedAmount, 2 * LARGE + 14);
      assert.ok(!(await isSent)[0]);
      await peer.nextFrames(5);
    });

    it('goes out in order with small ones, pings and the close frame', async () => {
      const { ws, peer } = await accepted();
      const inflater = new Inflater();
      const texts = [];

      for (let i = 1; i <= 5; i++) {
        texts.push(json(LARGE, i), json(200, i), json(70000, i));
        ws.send(texts.at(-3));
        ws.ping(String(i));
        ws.send(texts.at(-2));
        ws.pong(String(i));
        ws.send(Buffer.from(texts.at(-1)), { binary: false });
      }
      ws.close(1001);

      const got = await peer.nextFrames(26);

      for (let i = 0; i < 5; i++) {
        const [large, ping, small, pong, middle] = got.slice(5 * i, 5 * i + 5);

        for (const frame of [large, small, middle]) {
          assert.deepStrictEqual(
            [frame.opcode, frame.rsv],
            [frames.TEXT, RSV1]
          );
          assert.strictEqual(inflater.text(frame.payload), texts.shift());
        }
        assert.deepStrictEqual(
          [ping.opcode, pong.opcode],
          [frames.PING, frames.PONG]
        );
      }
      assert.strictEqual(got[25].opcode, frames.CLOSE);
    });

    it('calls back in order', async () => {
      const { ws, peer } = await accepted();
      const order = [];

      ws.send(json(LARGE), () => order.push(1));
      ws.ping('', false, () => order.push(2));
      ws.send('small', () => order.push(3));
      ws.send('plain', { compress: false }, () => order.push(4));
      await called((cb) => ws.send(json(LARGE), cb));
      assert.deepStrictEqual(order, [1, 2, 3, 4]);
      assert.strictEqual(ws.bufferedAmount, 0);
      await peer.nextFrames(5);
    });

    it('may come in fragments', async () => {
      const { ws, peer } = await accepted();
      const text = json(LARGE);

      ws.send(text.slice(0, 100000), { fin: false });
      ws.ping('between');
      ws.send(text.slice(100000, 100010), { fin: false });
      ws.send(text.slice(100010));

      const [first, ping, second, third] = await peer.nextFrames(4);

      assert.deepStrictEqual(
        [first, ping, second, third].map(({ opcode, fin, rsv }) => [
          opcode,
          fin,
          rsv
        ]),
        [
          [frames.TEXT, false, RSV1],
          [frames.PING, true, 0],
          [frames.CONTINUATION, false, 0],
          [frames.CONTINUATION, true, 0]
        ]
      );
      assert.strictEqual(
        new Inflater().text(first.payload, second.payload, third.payload),
        text
      );
    });

    it('may be a Blob', async () => {
      const { ws, peer } = await accepted();
      const text = json(LARGE);

      ws.send(new Blob([text]));
      assert.strictEqual(ws.bufferedAmount, LARGE);
      ws.send('small');

      const [blob, small] = await peer.nextFrames(2);
      const inflater = new Inflater();

      assert.strictEqual(blob.opcode, frames.BINARY);
      assert.strictEqual(inflater.text(blob.payload), text);
      assert.strictEqual(inflater.text(small.payload), 'small');
    });

    it('is told to have failed when the connection is terminated', async () => {
      const { ws } = await accepted();
      const order = [];

      ws.on('close', () => order.push('close'));
      ws.send(json(LARGE), (err) => order.push(err.message));
      ws.send('small', (err) => order.push(err.message));
      ws.terminate();
      await nextEvent(ws, 'close');

      const message = 'The socket was closed while data was being compressed';

      assert.deepStrictEqual(order, [message, message, 'close']);
      assert.strictEqual(ws.bufferedAmount, LARGE + 5);
    });

    it('is forgotten when the peer goes', async () => {
      const { ws, peer } = await accepted();
      const isClosed = nextEvent(ws, 'close');

      for (let i = 0; i < 20; i++) ws.send(json(LARGE));
      peer.socket.destroy();
      await isClosed;
    });

    it('is forgotten when the peer resets the connection', async () => {
      const { ws, peer } = await accepted();
      const settled = [];

      ws.on('error', () => {});
      for (let i = 0; i < 20; i++) ws.send(json(LARGE), () => settled.push(i));
      peer.reset();
      await nextEvent(ws, 'close');
      assert.deepStrictEqual(settled, [...Array(20).keys()]);
    });

    it('is sent whole when the connection is closed in its midst', async () => {
      const { ws, peer } = await accepted();
      const isSent = called((cb) => ws.send(json(LARGE), cb));

      ws.close(1000);
      assert.strictEqual(ws.readyState, ws.CLOSING);

      const [message, close] = await peer.nextFrames(2);

      assert.strictEqual(new Inflater().text(message.payload), json(LARGE));
      assert.strictEqual(close.opcode, frames.CLOSE);
      assert.ok(!(await isSent)[0]);
    });

    it('is sent to many in a loop, whoever leaves', async () => {
      const endpoint = await transport.listen({ perMessageDeflate: true });
      const clients = [];

      for (let i = 0; i < 6; i++) {
        clients.push(
          await endpoint.connected('/', [], { perMessageDeflate: true })
        );
      }
      const got = clients.map(({ client }) => {
        const messages = [];

        client.on('message', (data) => messages.push(String(data)));
        return nextEvent(client, 'close').then(() => messages);
      });
      const texts = [json(LARGE), 'small', json(LARGE, 5)];
      const called = [];

      for (const text of texts) {
        clients.forEach(({ ws }, i) => {
          ws.send(text, (err) => called.push([i, !err]));
        });
      }
      clients[1].ws.terminate();
      clients[4].ws.close();
      for (const i of [0, 2, 3, 5]) clients[i].ws.close();

      const all = await Promise.all(got);

      all.forEach((messages, i) => {
        assert.deepStrictEqual(messages, i === 1 ? [] : texts);
      });
      assert.deepStrictEqual(
        called.sort(([a], [b]) => a - b),
        clients.flatMap((_, i) => Array(3).fill([i, i !== 1]))
      );
    });

    it('is understood by ws: many connections at a time', async () => {
      const endpoint = await transport.listen({ perMessageDeflate: true });
      const texts = [json(LARGE), json(10), json(100000, 9), json(40000, 3)];

      endpoint.wss.on('connection', (ws) => {
        for (const text of [...texts, ...texts]) ws.send(text);
        ws.close();
      });

      const got = await Promise.all(
        Array.from({ length: 12 }, async () => {
          const messages = [];
          const client = endpoint.client('/', [], { perMessageDeflate: true });

          client.on('message', (data) => messages.push(String(data)));
          await nextEvent(client, 'close');
          return messages;
        })
      );

      for (const messages of got) {
        assert.deepStrictEqual(messages, [...texts, ...texts]);
      }
    });
  });

  for (const [what, end, expected] of [
    ['process.exit()', 'process.exit(3)', { code: 3, signal: null }],
    ['an exception', "throw new Error('thrown')", { code: 1, signal: null }],
    [
      'a signal',
      "process.kill(process.pid, 'SIGTERM')",
      { code: null, signal: 'SIGTERM' }
    ],
    [
      'a signal that is heard',
      "process.on('SIGTERM', () => process.exit(5)).kill(process.pid, 'SIGTERM')",
      { code: 5, signal: null }
    ]
  ]) {
    it(`does not keep the process from being ended by ${what}`, async () => {
      const child = new Child(async (kit, code) => {
        const endProcess = new Function(code);
        const endpoint = await kit.transports.port.listen(
          { perMessageDeflate: true },
          (ws) => {
            for (let i = 0; i < 5; i++) ws.send(Buffer.alloc(5e6));
            endProcess();
          }
        );
        const peer = await endpoint.upgraded({
          headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' }
        });

        peer.socket.on('error', () => {});
      }, end);

      assert.deepStrictEqual(await child.exited(), expected);
    });
  }

  it('does not keep a worker from being terminated', async () => {
    const { code, reports, stderr } = await runChild(async (kit) => {
      const { Worker } = require('node:worker_threads');
      const worker = new Worker(
        `const { implementation } = require('node:worker_threads').workerData;
        const { WebSocket, WebSocketServer } = require(implementation);
        const wss = new WebSocketServer({ port: 0, perMessageDeflate: true });
        const big = Buffer.alloc(3e6, 'a');

        wss.on('connection', (ws) => {
          for (let i = 0; i < 30; i++) ws.send(big);
          require('node:worker_threads').parentPort.postMessage('sent');
        });
        wss.on('listening', () => {
          for (let i = 0; i < 12; i++) {
            new WebSocket('ws://localhost:' + wss.address().port);
          }
        });`,
        { eval: true, workerData: { implementation: kit.path } }
      );

      await new Promise((resolve) => worker.once('message', resolve));
      kit.report(await worker.terminate());
    });

    assert.deepStrictEqual([code, reports], [0, [1]], stderr);
  });

  it('waits its turn where only one may be compressed at a time', async () => {
    const { reports } = await runChild(async (kit) => {
      const order = [];
      const endpoint = await kit.transports.port.listen({
        perMessageDeflate: { concurrencyLimit: 1 }
      });
      const sockets = [];

      for (let i = 0; i < 4; i++) {
        const { ws } = await endpoint.accepted({
          headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' }
        });

        sockets.push(ws);
      }
      // The first takes longest: with threads enough it would be the last.
      await Promise.all(
        sockets.map(
          (ws, i) =>
            new Promise((resolve) => {
              ws.send('ab'.repeat((4 - i) ** 3 * 50000), () => {
                order.push(i);
                resolve();
              });
            })
        )
      );
      kit.report(order);
      process.exit();
    });

    assert.deepStrictEqual(reports, [[0, 1, 2, 3]]);
  });
});
