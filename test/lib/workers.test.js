'use strict';

const assert = require('node:assert');
const net = require('node:net');

const frames = require('../support/frames');
const { RawClient } = require('../support/raw-client');
const { HOST, TCP, onRelease, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, turns } = require('../support/wait');
const { TestWorker } = require('./worker');

const ROUNDS = process.env.UVWS_TEST_SLOW ? 100 : 20;

/*
 * Runs in a worker: a server that does at each connection what the body, given
 * as text, says with (ws, kit, all), `all` being the connections so far.
 */
async function serve(kit, transportName, body) {
  const onConnection = new Function('ws', 'kit', 'all', body);
  const all = [];
  const endpoint = await kit.transports[transportName].listen({}, (ws) => {
    all.push(ws);
    onConnection(ws, kit, all);
  });
  kit.report(endpoint.port);
}

async function start(transport, body) {
  const worker = new TestWorker(serve, transport, body);
  return { worker, port: await worker.report() };
}

async function connect(port) {
  const socket = net.connect({ port, host: HOST });
  onRelease(() => socket.destroy());
  await nextEvent(socket, 'connect');
  const peer = new RawClient(socket);
  await peer.upgrade();
  return peer;
}

function connectMany(port, count) {
  return Promise.all(Array.from({ length: count }, () => connect(port)));
}

const ECHO = `ws.on('message', (data, isBinary) => {
  ws.send(data, { binary: isBinary });
});`;

describe('worker threads', function () {
  this.timeout(2 * TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  for (const transport of TCP) {
    describe(`over ${transport}`, () => {
      it('come and go with live connections', async () => {
        for (let i = 0; i < ROUNDS; i++) {
          const { worker, port } = await start(transport, ECHO);
          const peers = await connectMany(port, 3);
          for (const peer of peers) peer.write(frames.text(`echo ${i}`));
          const [frame] = await peers[0].nextFrames(1);
          assert.strictEqual(frame.payload.toString(), `echo ${i}`);
          peers[1].write(frames.text('unfinished').subarray(0, 8));
          await worker.terminate();
          for (const peer of peers) await peer.closed();
        }
      });

      it('can be terminated in a handler, with more to deliver', async () => {
        const { worker, port } = await start(
          transport,
          `ws.on('message', () => {
            kit.report('in the handler');
            for (;;);
          });`
        );
        const peer = await connect(port);
        peer.write(frames.text('1'), frames.text('2'), frames.text('3'));
        assert.strictEqual(await worker.report(), 'in the handler');
        await worker.terminate();
        await peer.closed();
      });

      it('can be terminated while they answer a close', async () => {
        const { worker, port } = await start(
          transport,
          `ws.on('close', () => {
            kit.report('in the handler');
            for (;;);
          });`
        );
        const [one, two] = await connectMany(port, 2);
        one.write(frames.close(1000));
        one.reset();
        two.reset();
        assert.strictEqual(await worker.report(), 'in the handler');
        await worker.terminate();
      });

      it('can be terminated with output that nobody reads', async () => {
        const { worker, port } = await start(
          transport,
          `ws.send(Buffer.alloc(32 * 1024 * 1024));
          ws.close();
          kit.report('sent');`
        );
        const peer = await connect(port);
        peer.socket.pause();
        assert.strictEqual(await worker.report(), 'sent');
        await worker.terminate();
        peer.socket.resume();
        await peer.closed();
      });

      it('end by process.exit() with their code and all output', async () => {
        const { worker, port } = await start(
          transport,
          `ws.on('message', () => {
            for (let i = 0; i < 100; i++) ws.send('last words');
            process.exit(7);
          });`
        );
        const peer = await connect(port);
        peer.write(frames.text('x'));

        assert.strictEqual((await peer.framesToEnd()).length, 100);
        assert.strictEqual(await worker.exited, 7);
      });

      it('end by what a listener throws', async () => {
        for (const [thrown, expected] of [
          [`new Error('of the application')`, 'of the application'],
          ['null', 'null']
        ]) {
          const { worker, port } = await start(
            transport,
            `ws.on('message', () => {
              throw ${thrown};
            });`
          );
          const peer = await connect(port);
          peer.write(frames.text('1'), frames.text('2'));
          const err = await worker.failed;

          assert.strictEqual(err?.message ?? String(err), expected);
          assert.strictEqual(await worker.exited, 1);
          await peer.closed();
        }
      });

      /* Numbers that a worker's end sets free are given to sockets of this
       * thread at once: none of them may get what the worker had not written. */
      it('leave the sockets of other threads in peace', async () => {
        const heard = [];
        const listener = net.createServer((socket) => {
          socket.on('data', (data) => heard.push(data));
          socket.on('error', () => {});
        });
        listener.listen(0, HOST);
        await nextEvent(listener, 'listening');
        onRelease(() => listener.close());
        const dial = () => {
          const socket = net.connect(listener.address().port, HOST);
          socket.on('data', (data) => heard.push(data));
          socket.on('error', () => {});
          return socket;
        };

        for (let i = 0; i < ROUNDS; i++) {
          const { worker, port } = await start(
            transport,
            `ws.on('message', () => {
              setImmediate(() => {
                for (const one of all) one.send('deferred'.repeat(100));
                kit.report('sent');
                for (;;);
              });
            });`
          );
          const peers = await connectMany(port, 5);
          peers[0].write(frames.text('x'));
          await worker.report();
          let isOver = false;
          const over = worker.terminate().then(() => (isOver = true));
          const strangers = [];
          for (let j = 0; j < 50 && !isOver; j++) {
            strangers.push(dial());
            await turns(1);
          }
          await over;
          await turns(3);
          for (const socket of strangers) socket.destroy();
          for (const peer of peers) peer.destroy();
        }
        assert.deepStrictEqual(heard, []);
      });
    });
  }

  it('can be made while others are ended', async () => {
    const doomed = await Promise.all(TCP.map((name) => start(name, ECHO)));
    const peers = await Promise.all(doomed.map(({ port }) => connect(port)));
    const ends = doomed.map(({ worker }) => worker.terminate());
    const fresh = await Promise.all(TCP.map((name) => start(name, ECHO)));
    await Promise.all(ends);
    for (const peer of peers) await peer.closed();
    for (const { port } of fresh) {
      const peer = await connect(port);
      peer.write(frames.text('x'));
      const [frame] = await peer.nextFrames(1);
      assert.strictEqual(frame.payload.toString(), 'x');
    }
  });

  it('may load the addon and not use it', async () => {
    const worker = new TestWorker((kit) => kit.report(kit.name));
    assert.strictEqual(await worker.report(), 'uvws');
    assert.strictEqual(await worker.exited, 0);
  });
});
