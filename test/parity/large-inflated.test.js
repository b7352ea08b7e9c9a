'use strict';

const assert = require('node:assert');
const zlib = require('node:zlib');

const frames = require('../support/frames');
const { runChild } = require('../support/child');
const { json } = require('../support/json');
const { forEachTransport } = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  nextEvent,
  nextEvents,
  turns
} = require('../support/wait');

/*
 * What takes so long to inflate that it is not done at once, and what may
 * happen meanwhile.
 */

const RSV1 = 4;
const LARGE = 2000000;

/* Large, and yet in one piece with what stands around it, even over TLS. */
const DENSE = 7000000;
const dense = (options) => compressed(Buffer.alloc(DENSE, 'a'), options);

const OFFER = { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } };
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

function deflate(data) {
  return zlib
    .deflateRawSync(data, { finishFlush: zlib.constants.Z_SYNC_FLUSH })
    .subarray(0, -TAIL.length);
}

const compressed = (data, options) =>
  frames.text(deflate(data), { rsv: RSV1, ...options });

/* What the WebSocket emits, as short strings. */
function record(ws) {
  const events = [];
  const short = (data) => (data.length > 20 ? data.length : String(data));

  ws.on('message', (data) => events.push(`message ${short(data)}`));
  ws.on('ping', (data) => events.push(`ping ${data}`));
  ws.on('error', (err) => events.push(`error ${err.message}`));
  ws.on('close', (code) => events.push(`close ${code}`));
  return events;
}

describe('[server-surface] a large message, inflated', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    async function accepted(options) {
      const endpoint = await transport.listen({
        perMessageDeflate: true,
        ...options
      });
      const { ws, peer } = await endpoint.accepted(OFFER);

      return { ws, peer, events: record(ws) };
    }

    for (const allowSynchronousEvents of [true, false]) {
      it(`comes before what stands behind it, ${allowSynchronousEvents}`, async () => {
        const { ws, peer, events } = await accepted({ allowSynchronousEvents });

        peer.socket.end(
          Buffer.concat([
            frames.ping('1'),
            compressed(json(LARGE)),
            frames.ping('2'),
            compressed('small'),
            compressed(json(LARGE / 2, 9)),
            frames.text('plain'),
            frames.ping('3'),
            frames.close(1000)
          ])
        );
        await nextEvent(ws, 'close');
        assert.deepStrictEqual(events, [
          'ping 1',
          `message ${LARGE}`,
          'ping 2',
          'message small',
          `message ${LARGE / 2}`,
          'message plain',
          'ping 3',
          'close 1000'
        ]);
      });
    }

    it('has the bytes that were sent, whatever came behind', async () => {
      const { ws, peer } = await accepted();
      const texts = [json(LARGE, 3), json(10), json(300000, 5), json(70000, 7)];
      const messages = nextEvents(ws, 'message', 8);

      for (const text of [...texts, ...texts]) peer.write(compressed(text));
      assert.deepStrictEqual(
        (await messages).map(([data]) => String(data)),
        [...texts, ...texts]
      );
    });

    it('may be small on the wire', async () => {
      const { ws, peer } = await accepted();
      const message = nextEvent(ws, 'message');

      peer.write(compressed(Buffer.alloc(30e6, 'a')));
      assert.strictEqual((await message)[0].length, 30e6);
    });

    it('may come in fragments, with pings between', async () => {
      const { ws, peer, events } = await accepted();
      const text = json(LARGE);
      const payload = deflate(text);
      const third = Math.floor(payload.length / 3);
      const message = nextEvent(ws, 'message');

      peer.write(
        Buffer.concat([
          frames.text(payload.subarray(0, third), { fin: false, rsv: RSV1 }),
          frames.ping('1'),
          frames.continuation(payload.subarray(third, 2 * third), {
            fin: false
          }),
          frames.ping('2'),
          frames.continuation(payload.subarray(2 * third))
        ])
      );
      assert.strictEqual(String((await message)[0]), text);
      assert.deepStrictEqual(events.slice(0, 2), ['ping 1', 'ping 2']);
    });

    it('is not emitted beyond maxPayload', async () => {
      const { ws, peer, events } = await accepted({ maxPayload: 1e6 });

      peer.write(
        Buffer.concat([compressed(Buffer.alloc(64e6)), frames.ping('late')])
      );
      await nextEvent(ws, 'error');
      assert.deepStrictEqual(events, ['error Max payload size exceeded']);
      assert.strictEqual((await peer.nextFrame()).payload.readUInt16BE(), 1009);
    });

    it('ends the connection where it is garbage', async () => {
      const { ws, peer, events } = await accepted();
      const payload = Buffer.from(deflate(json(LARGE)));

      payload.fill(0xff, 100000);
      peer.write(frames.text(payload, { rsv: RSV1 }));
      await nextEvent(ws, 'error');
      assert.match(events[0], /^error invalid/);
      assert.strictEqual((await peer.nextFrame()).payload.readUInt16BE(), 1007);
    });

    it('is emitted though the peer has gone', async () => {
      const { ws, peer, events } = await accepted();

      peer.socket.end(
        Buffer.concat([compressed(json(LARGE)), frames.text('last')])
      );
      await nextEvent(ws, 'close');
      assert.deepStrictEqual(events, [
        `message ${LARGE}`,
        'message last',
        'close 1006'
      ]);
    });

    it('is emitted though the peer has reset the connection', async () => {
      const { ws, peer, events } = await accepted();

      ws.on('error', () => {});
      ws.once('ping', () => peer.reset());
      peer.write(Buffer.concat([frames.ping('x'), dense()]));
      await nextEvent(ws, 'close');
      assert.deepStrictEqual(events, [
        'ping x',
        `message ${DENSE}`,
        'close 1006'
      ]);
    });

    for (const [when, terminate] of [
      ['meanwhile', (ws) => setImmediate(() => ws.terminate())],
      ['just before', (ws) => ws.terminate()]
    ]) {
      it(`is emitted though the connection was terminated ${when}`, async () => {
        const { ws, peer, events } = await accepted();

        ws.once('ping', () => terminate(ws));
        peer.write(
          Buffer.concat([frames.ping('x'), dense(), frames.text('last')])
        );
        await nextEvent(ws, 'close');
        assert.deepStrictEqual(events, [
          'ping x',
          `message ${DENSE}`,
          'message last',
          'close 1006'
        ]);
      });
    }

    it('is emitted though the connection was paused', async () => {
      const { ws, peer, events } = await accepted();
      const message = nextEvent(ws, 'message');

      ws.once('ping', () => ws.pause());
      peer.write(Buffer.concat([frames.ping('x'), dense()]));
      await message;
      peer.write(frames.text('late'));
      await turns(5);
      assert.deepStrictEqual(events, ['ping x', `message ${DENSE}`]);
      ws.resume();
      await nextEvent(ws, 'message');
      assert.strictEqual(events[2], 'message late');
    });

    it('does not keep a close frame from being answered in turn', async () => {
      const { ws, peer, events } = await accepted();

      ws.once('ping', () => ws.close(1001));
      peer.socket.end(
        Buffer.concat([frames.ping('x'), dense(), frames.close(1001)])
      );
      await nextEvent(ws, 'close');
      assert.deepStrictEqual(events, [
        'ping x',
        `message ${DENSE}`,
        'close 1001'
      ]);
    });

    it('lets go of everything a listener may do', async () => {
      for (const action of ['terminate', 'close', 'pause']) {
        const { ws, peer, events } = await accepted();

        ws.on('message', () => ws[action]());
        peer.write(Buffer.concat([dense(), dense()]));
        await nextEvents(ws, 'message', 2);
        assert.deepStrictEqual(events.slice(0, 2), [
          `message ${DENSE}`,
          `message ${DENSE}`
        ]);
        ws.terminate();
      }
    });

    it('is echoed among small ones by many connections', async () => {
      const endpoint = await transport.listen({ perMessageDeflate: true });
      const texts = [json(300000, 2), 'x', json(2000, 5), json(100000, 9)];

      endpoint.wss.on('connection', (ws) => {
        ws.on('message', (data) => ws.send(String(data)));
      });

      await Promise.all(
        Array.from({ length: 8 }, async () => {
          const client = endpoint.client('/', [], { perMessageDeflate: true });

          await nextEvent(client, 'open');

          const messages = nextEvents(client, 'message', 8);

          for (const text of [...texts, ...texts]) client.send(text);
          assert.deepStrictEqual(
            (await messages).map(([data]) => String(data)),
            [...texts, ...texts]
          );
        })
      );
    });
  });

  for (const [what, end] of [
    ['the process from being ended', 'process.exit(3)'],
    ['a worker from being terminated', 'parentPort.postMessage(0)']
  ]) {
    it(`does not keep ${what}`, async () => {
      const { code, reports, stderr } = await runChild(
        async (kit, script) => {
          const { Worker } = require('node:worker_threads');
          const worker = new Worker(script, {
            eval: true,
            workerData: { path: kit.path }
          });
          const exited = new Promise((resolve) => worker.once('exit', resolve));

          worker.on('message', () => worker.terminate());
          kit.report(await exited);
        },
        `const { parentPort, workerData } = require('node:worker_threads');
        const { WebSocket, WebSocketServer } = require(workerData.path);
        const wss = new WebSocketServer({ port: 0, perMessageDeflate: true });
        const big = Buffer.alloc(20e6, 'a');
        let count = 0;

        wss.on('connection', (ws) => {
          ws.on('ping', () => {
            if (++count === 12) setImmediate(() => { ${end}; });
          });
        });
        wss.on('listening', () => {
          for (let i = 0; i < 12; i++) {
            const ws = new WebSocket('ws://localhost:' + wss.address().port);

            ws.on('open', () => {
              ws.send(big, () => {});
              ws.ping();
              ws.send(big);
              ws.ping();
            });
          }
        });`
      );

      assert.deepStrictEqual(
        [code, reports],
        [0, [end.startsWith('process') ? 3 : 1]],
        stderr
      );
    });
  }
});
