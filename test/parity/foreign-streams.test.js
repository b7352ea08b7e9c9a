'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const { duplexPair } = require('../support/duplex-pair');
const frames = require('../support/frames');
const { WebSocket, WebSocketServer } = require('../support/implementation');
const { RawClient, upgradeRequest } = require('../support/raw-client');
const {
  forEachTransport,
  onRelease,
  releaseAll
} = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  called,
  nextEvent,
  turns
} = require('../support/wait');

const SOCKET_OPTIONS = {
  allowSynchronousEvents: true,
  maxPayload: 1000,
  skipUTF8Validation: false
};

/* A path for a unix socket that is gone after the test. */
function socketPath() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvws-'));
  onRelease(() => fs.rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'socket');
}

function echo(ws) {
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
}

async function assertEcho(peer) {
  const big = Buffer.alloc(70000, 'e');
  peer.write(frames.text('hello'), frames.binary(big));
  const [one, two] = await peer.nextFrames(2);

  assert.strictEqual(one.payload.toString(), 'hello');
  assert.ok(two.payload.equals(big));
}

describe('[server-surface] streams of other kinds', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  it('serves a unix socket through an HTTP server', async () => {
    const where = socketPath();
    const server = http.createServer();
    const wss = new WebSocketServer({ server });
    wss.on('connection', echo);
    server.listen(where);
    await nextEvent(server, 'listening');
    onRelease(() => called((done) => server.close(done)));
    assert.strictEqual(wss.address(), where);

    const socket = net.connect(where);
    onRelease(() => socket.destroy());
    const peer = new RawClient(socket);
    assert.match(await peer.upgrade(), / 101 /);
    await assertEcho(peer);
    const [ws] = wss.clients;
    const closed = nextEvent(ws, 'close');
    peer.write(frames.close(1001));
    await peer.framesToEnd();

    assert.strictEqual((await closed)[0], 1001);
  });

  it('serves a unix socket given as port', async () => {
    const where = socketPath();
    const wss = new WebSocketServer({ port: where });
    wss.on('connection', echo);
    await nextEvent(wss, 'listening');
    onRelease(() => called((done) => wss.close(done)));
    onRelease(() => wss.clients.forEach((ws) => ws.terminate()));
    assert.strictEqual(wss.address(), where);
    const socket = net.connect(where);
    onRelease(() => socket.destroy());
    const peer = new RawClient(socket);
    assert.match(await peer.upgrade(), / 101 /);

    await assertEcho(peer);
  });

  it('serves a stream of HTTP/2 with setSocket', async () => {
    const server = http2.createServer({
      settings: { enableConnectProtocol: true }
    });
    const made = new Promise((resolve) => {
      server.on('stream', (stream) => {
        stream.respond({ ':status': 200 });
        const ws = new WebSocket(null, undefined, { autoPong: true });
        stream.setNoDelay = stream.setTimeout = () => {};
        ws.setSocket(stream, Buffer.alloc(0), SOCKET_OPTIONS);
        echo(ws);
        resolve(ws);
      });
    });
    server.listen(0, '127.0.0.1');
    await nextEvent(server, 'listening');
    const client = http2.connect(`http://127.0.0.1:${server.address().port}`);
    onRelease(() => client.destroy());
    onRelease(() => server.close());
    await nextEvent(client, 'remoteSettings');
    const stream = client.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': '/'
    });
    const peer = new RawClient(stream);
    peer.write(frames.text('over h2'), frames.ping('p'));
    const got = await peer.nextFrames(2);
    const ws = await made;

    assert.deepStrictEqual(
      got.map(({ payload }) => payload.toString()),
      ['over h2', 'p']
    );
    const closed = nextEvent(ws, 'close');
    peer.write(frames.close(1000, 'done'));
    assert.strictEqual((await peer.nextFrame()).code, 1000);
    peer.end();
    assert.deepStrictEqual(await closed, [1000, Buffer.from('done')]);
  });

  it('takes any Duplex with setSocket, as a server', async () => {
    const [near, far] = duplexPair();
    const peer = new RawClient(far);
    const ws = new WebSocket(null, undefined, { closeTimeout: 1000 });
    assert.strictEqual(ws.readyState, 0);
    assert.throws(() => ws.send('early'), {
      message: 'WebSocket is not open: readyState 0 (CONNECTING)'
    });
    const opened = nextEvent(ws, 'open');
    const message = nextEvent(ws, 'message');
    ws.setSocket(near, frames.text('head'), SOCKET_OPTIONS);
    await opened;
    assert.strictEqual(ws.readyState, 1);

    assert.strictEqual(String((await message)[0]), 'head');
    ws.send('out');
    assert.strictEqual((await peer.nextFrame()).isMasked, false);
    const closed = nextEvent(ws, 'close');
    peer.write(frames.text('x'.repeat(1001)));
    const error = nextEvent(ws, 'error');
    assert.strictEqual((await error)[0].message, 'Max payload size exceeded');
    assert.strictEqual((await peer.nextFrame()).code, 1009);
    peer.end();
    assert.strictEqual((await closed)[0], 1006);
  });

  it('takes any Duplex in the role of a client', async () => {
    const [near, far] = duplexPair();
    const peer = new RawClient(far);
    const ws = new WebSocket(null, undefined, {});
    ws._isServer = false;
    ws.setSocket(near, Buffer.alloc(0), SOCKET_OPTIONS);
    const message = nextEvent(ws, 'message');
    peer.write(frames.text('in', { mask: false }));
    assert.strictEqual(String((await message)[0]), 'in');
    ws.send('out');
    const frame = await peer.nextFrame();

    assert.strictEqual(frame.isMasked, true);
    assert.strictEqual(frame.payload.toString(), 'out');
    ws.terminate();
    await nextEvent(ws, 'close');
  });

  it('goes through the methods of a socket that were replaced', async () => {
    const server = http.createServer();
    const wss = new WebSocketServer({ server });
    const seen = { push: 0, write: 0 };
    onRelease(() => wss.close());
    onRelease(() => server.close());
    wss.on('connection', echo);
    server.on('connection', (socket) => {
      for (const name of ['push', 'write']) {
        const original = socket[name];
        socket[name] = function (chunk, ...args) {
          seen[name] += chunk === null ? 0 : chunk.length;
          return original.call(this, chunk, ...args);
        };
      }
    });
    server.listen(0);
    await nextEvent(server, 'listening');
    const socket = net.connect(server.address().port);
    onRelease(() => socket.destroy());
    const peer = new RawClient(socket);
    await peer.upgrade();
    const before = { ...seen };
    await assertEcho(peer);

    assert.strictEqual(seen.push - before.push, 70000 + 14 + 5 + 6);
    assert.strictEqual(seen.write - before.write, 70000 + 10 + 5 + 2);
  });

  it('waits for responses that are still unsent', async () => {
    const size = 8 * 1024 * 1024;
    const server = http.createServer((req, res) => {
      res.writeHead(200, { 'Content-Length': size });
      res.end(Buffer.alloc(size, 'r'));
    });
    const wss = new WebSocketServer({ server });
    wss.on('connection', (ws) => {
      echo(ws);
      ws.send('behind the response');
    });
    server.listen(0, '127.0.0.1');
    await nextEvent(server, 'listening');
    onRelease(() => called((done) => server.close(done)));
    const socket = net.connect(server.address().port, '127.0.0.1');
    onRelease(() => socket.destroy());
    const peer = new RawClient(socket);
    socket.pause();
    peer.write(
      'GET /big HTTP/1.1\r\nHost: x\r\n\r\n',
      upgradeRequest(),
      frames.text('early')
    );
    await turns(30);
    socket.resume();
    assert.match(await peer.readHead(), / 200 OK/);
    const body = await peer.readBytes(size);
    assert.ok(body.equals(Buffer.alloc(size, 'r')));

    assert.match(await peer.readHead(), / 101 /);
    const got = await peer.nextFrames(2);
    assert.deepStrictEqual(
      got.map(({ payload }) => payload.toString()),
      ['behind the response', 'early']
    );
  });

  forEachTransport(
    (transport) => {
      it('takes an upgrade that was put off', async () => {
        const endpoint = await transport.listen();
        const { wss, httpServer } = endpoint;
        wss.on('connection', echo);
        httpServer.removeAllListeners('upgrade');
        httpServer.on('upgrade', async (req, socket, head) => {
          await turns(20);
          wss.handleUpgrade(req, socket, head, (ws) => {
            wss.emit('connection', ws, req);
          });
        });
        const peer = await endpoint.raw();
        const head = peer.readHead();
        peer.write(upgradeRequest(), frames.text('with the head'));
        await peer.writePieces([
          frames.text('early 1'),
          frames.text('early 2').subarray(0, 5),
          frames.text('early 2').subarray(5)
        ]);
        assert.match(await head, / 101 /);
        peer.write(frames.text('late'));
        const got = await peer.nextFrames(4);

        assert.deepStrictEqual(
          got.map(({ payload }) => payload.toString()),
          ['with the head', 'early 1', 'early 2', 'late']
        );
      });
    },
    ['noServer', 'duplex']
  );

  forEachTransport((transport) => {
    it("may be sent to in the 'close' event of the stream", async () => {
      const { ws, peer } = await transport.open();
      const closed = nextEvent(ws, 'close');

      ws._socket.prependListener('close', () => ws.send('late', () => {}));
      peer.destroy();
      ws._socket.destroy();
      assert.strictEqual((await closed)[0], 1006);
      await turns(3);
    });
  });
});
