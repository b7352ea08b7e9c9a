'use strict';

const assert = require('node:assert');
const http = require('node:http');
const net = require('node:net');

const frames = require('../support/frames');
const { WebSocketServer } = require('../support/implementation');
const { RawClient, upgradeRequest } = require('../support/raw-client');
const {
  HOST,
  TCP,
  forEachTransport,
  onRelease,
  releaseAll
} = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  called,
  nextEvent,
  turns,
  until
} = require('../support/wait');

const MUCH = 200000;

/* An unmasked frame, as a server may write it by hand. */
function rawFrame(payload) {
  return frames.frame(frames.BINARY, payload, { mask: false });
}

/* A payload as a short text: what it is, and how much of it. */
function summary({ payload }) {
  if (payload.length < 20) return payload.toString();
  const isWhole = payload.every((byte) => byte === payload[0]);
  return `${isWhole ? '' : 'broken '}${payload.length} x ${payload[0]}`;
}

async function lastFrames(peer, count) {
  return (await peer.nextFrames(count)).map(summary);
}

/* Sends until the kernel refuses, with the peer not reading. */
async function block({ peer, ws }) {
  peer.socket.pause();
  let count = 0;
  while (ws.bufferedAmount === 0 && count++ < 1000) {
    ws.send(Buffer.alloc(MUCH));
    await turns(1);
  }
  assert.notStrictEqual(ws.bufferedAmount, 0);
  return count;
}

describe('a socket below a WebSocket, used by the application', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  forEachTransport((transport) => {
    it('keeps the order of its writes and of send', async () => {
      const { peer, ws } = await transport.open();
      const expected = [];
      for (let i = 0; i < 20; i++) {
        ws.send(`sent ${i}`);
        ws._socket.write(rawFrame(`written ${i}`));
        expected.push(`sent ${i}`, `written ${i}`);
      }

      assert.deepStrictEqual(await lastFrames(peer, 40), expected);
    });

    it('keeps the order where the kernel refuses bytes', async () => {
      const connection = await transport.open();
      const { peer, ws } = connection;
      const before = await block(connection);
      const expected = [];
      for (let i = 0; i < 20; i++) {
        ws.send(Buffer.alloc(MUCH, i));
        ws._socket.write(rawFrame(`written ${i}`));
        ws.send(`sent ${i}`);
        ws._socket.write(rawFrame(Buffer.alloc(MUCH, 100 + i)));
        expected.push(
          `${MUCH} x ${i}`,
          `written ${i}`,
          `sent ${i}`,
          `${MUCH} x ${100 + i}`
        );
      }
      peer.socket.resume();
      await peer.nextFrames(before);

      assert.deepStrictEqual(await lastFrames(peer, 80), expected);
      await until(() => ws.bufferedAmount === 0, 'an empty buffer');
    });

    it('keeps the order between cork and uncork', async () => {
      const { peer, ws } = await transport.open();
      ws._socket.cork();
      ws._socket.write(rawFrame('1'));
      ws.send('2');
      ws._socket.write(rawFrame('3'));
      ws._socket.uncork();

      assert.deepStrictEqual(await lastFrames(peer, 3), ['1', '2', '3']);
    });

    it('counts what it holds itself as buffered', async () => {
      const connection = await transport.open();
      const { ws } = connection;
      await block(connection);
      const before = ws.bufferedAmount;
      ws._socket.write(Buffer.alloc(1000));

      assert.strictEqual(ws.bufferedAmount, before + 1000);
    });

    it('calls back once a write is out', async () => {
      const connection = await transport.open();
      const { peer, ws } = connection;
      await block(connection);
      let isOut = false;
      ws._socket.write(rawFrame('x'), () => (isOut = true));
      await turns(3);
      assert.strictEqual(isOut, false);
      peer.socket.resume();
      await until(() => isOut, 'the callback');
    });

    it('tells when to go on writing', async () => {
      const connection = await transport.open();
      const { peer, ws } = connection;
      assert.strictEqual(ws._socket.write(rawFrame('x')), true);
      await block(connection);
      assert.strictEqual(ws._socket.write(Buffer.alloc(MUCH)), false);
      peer.socket.resume();
      await nextEvent(ws._socket, 'drain');
    });

    it('writes text in any encoding', async () => {
      const { peer, ws } = await transport.open();
      ws._socket.write('8103', 'hex');
      ws._socket.write('\xe4', 'latin1');
      ws._socket.write('\xe4');
      await called((done) => ws._socket.write('', done));

      const [{ payload }] = await peer.nextFrames(1);
      assert.strictEqual(payload.toString('hex'), 'e4c3a4');
    });

    it('ends behind all that was sent', async () => {
      const connection = await transport.open();
      const { peer, ws } = connection;
      const before = await block(connection);
      ws.send('last');
      ws._socket.end(rawFrame('end'));
      peer.socket.resume();
      await peer.nextFrames(before);

      assert.deepStrictEqual(await lastFrames(peer, 2), ['last', 'end']);
      assert.strictEqual(await peer.nextFrame(), null);
      assert.ok(peer.hasEnded);
    });

    it('refuses what no stream takes, as ever', async () => {
      const { ws } = await transport.open();
      assert.throws(() => ws._socket.write(5), {
        code: 'ERR_INVALID_ARG_TYPE'
      });
      assert.throws(() => ws._socket.write(null), {
        code: 'ERR_STREAM_NULL_VALUES'
      });
    });

    it('may be destroyed at any time', async () => {
      for (const prepare of [
        () => {},
        (ws) => ws.send('x'),
        (ws) => ws.send(Buffer.alloc(32 * 1024 * 1024)),
        (ws) => ws.close(),
        (ws) => ws.pause(),
        (ws) => ws._socket.cork(),
        (ws) => ws._socket.write(Buffer.alloc(32 * 1024 * 1024)),
        (ws) => ws._socket.end()
      ]) {
        const { ws } = await transport.open();
        const closed = nextEvent(ws, 'close');
        prepare(ws);
        ws._socket.destroy();
        assert.strictEqual((await closed)[0], 1006);
        assert.strictEqual(ws.bufferedAmount, 0);
      }
    });

    it('may be looked at when all is over', async () => {
      const { ws } = await transport.open();
      ws.terminate();
      const socket = ws._socket;
      if (socket !== null) assert.strictEqual(socket.destroyed, true);
      await nextEvent(ws, 'close');
      if (socket !== null) {
        socket.end();
        socket.destroy();
      }
    });
  }, TCP);

  forEachTransport((transport) => {
    it('has no timeout while C receives or writes', async () => {
      const { ws, peer } = await transport.open();
      const events = [];
      ws._socket.on('timeout', () => events.push('timeout'));
      ws._socket.setTimeout(2 ** 30);
      peer.write(frames.text('received'));
      await nextEvent(ws, 'message');
      ws._socket._onTimeout();
      events.push('received');
      ws.send('written');
      await peer.nextFrame();
      ws._socket._onTimeout();
      events.push('written');
      ws._socket._onTimeout();
      ws._socket._onTimeout();

      assert.deepStrictEqual(events, ['received', 'written', 'timeout']);
    });
  }, TCP);

  it('may be destroyed while an earlier response is still unsent', async () => {
    const server = http.createServer((req, res) => {
      res.end(Buffer.alloc(16 * 1024 * 1024));
    });
    const wss = new WebSocketServer({ noServer: true });
    const upgraded = new Promise((resolve) => {
      server.on('upgrade', (req, socket, head) => {
        wss.handleUpgrade(req, socket, head, (ws) => resolve({ socket, ws }));
      });
    });
    server.listen(0, HOST);
    await nextEvent(server, 'listening');
    onRelease(() => server.close());
    const peer = new RawClient(net.connect(server.address().port, HOST));
    onRelease(() => peer.destroy());
    peer.socket.pause();
    peer.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n', upgradeRequest());
    const { socket, ws } = await upgraded;
    ws.on('error', () => {});
    ws.send('behind the response');
    const closed = nextEvent(ws, 'close');
    await turns(3);
    socket.destroy();
    await closed;
    await turns(3);
  });
});
