'use strict';

const assert = require('node:assert');
const net = require('node:net');

const frames = require('../support/frames');
const { Child, runChild } = require('../support/child');
const { RawClient } = require('../support/raw-client');
const {
  HOST,
  TCP,
  forEachTransport,
  onRelease,
  releaseAll
} = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

/*
 * Runs in a child: a server that does at each connection what the body, given
 * as text, says with (ws, kit).
 */
async function serve(kit, transportName, body) {
  const onConnection = new Function('ws', 'kit', body);
  const endpoint = await kit.transports[transportName].listen({}, (ws) => {
    onConnection(ws, kit);
  });
  kit.report(endpoint.port);
}

/* Starts such a child and connects to it. */
async function connectToChild(transport, body) {
  const child = new Child(serve, transport.name, body);
  const socket = net.connect({ port: await child.report(), host: HOST });
  onRelease(() => socket.destroy());
  await nextEvent(socket, 'connect');
  const peer = new RawClient(socket);
  await peer.upgrade();
  return { child, peer };
}

const payloads = (list) => list.map(({ payload }) => payload.toString());

describe('the end of the process', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  forEachTransport((transport) => {
    it('delivers what was sent before process.exit()', async () => {
      const { child, peer } = await connectToChild(
        transport,
        `for (let i = 0; i < 50; i++) ws.send(i + '.'.repeat(1000));
        ws.send('last');
        process.exit(7);`
      );
      const got = await peer.framesToEnd();

      assert.strictEqual(got.length, 51);
      assert.strictEqual(got[50].payload.toString(), 'last');
      assert.deepStrictEqual(await child.exited(), { code: 7, signal: null });
    });

    it('delivers a close frame before process.exit()', async () => {
      const { child, peer } = await connectToChild(
        transport,
        `ws.close(1012, 'restart');
        process.exit();`
      );
      const got = await peer.framesToEnd();

      assert.deepStrictEqual(
        got.map(({ code, reason }) => [code, reason]),
        [[1012, 'restart']]
      );
      assert.deepStrictEqual(await child.exited(), { code: 0, signal: null });
    });

    it('delivers the answers of a chunk before process.exit()', async () => {
      const { child, peer } = await connectToChild(
        transport,
        `ws.on('message', (data) => {
          ws.send('echo ' + data);
          if (String(data) === 'end') process.exit(3);
        });`
      );
      peer.write(frames.text('1'), frames.text('2'), frames.text('end'));
      const got = await peer.framesToEnd();

      assert.deepStrictEqual(payloads(got), ['echo 1', 'echo 2', 'echo end']);
      assert.strictEqual((await child.exited()).code, 3);
    });

    it("delivers what is sent in the process's exit event", async () => {
      const { child, peer } = await connectToChild(
        transport,
        `process.on('exit', () => ws.send('farewell'));
        ws.on('message', () => process.exit(4));`
      );
      peer.write(frames.text('go'));

      assert.deepStrictEqual(payloads(await peer.framesToEnd()), ['farewell']);
      assert.strictEqual((await child.exited()).code, 4);
    });

    it('dies of an error that nobody listens to', async () => {
      const { child, peer } = await connectToChild(transport, '');
      peer.write(frames.frame(3));
      await peer.closed();

      assert.deepStrictEqual(await child.exited(), { code: 1, signal: null });
      assert.match(
        child.stderr,
        /RangeError: Invalid WebSocket frame: invalid opcode 3/
      );
      assert.match(child.stderr, /WS_ERR_INVALID_OPCODE/);
    });

    it('dies of what a listener throws, with the usual code', async () => {
      const { child, peer } = await connectToChild(
        transport,
        `ws.on('message', function listener() {
          throw new Error('of the application');
        });`
      );
      peer.write(frames.text('x'));
      await peer.closed();

      assert.deepStrictEqual(await child.exited(), { code: 1, signal: null });
      assert.match(child.stderr, /Error: of the application\n +at .*listener/);
    });

    it('dies of a signal during traffic', async () => {
      const { child, peer } = await connectToChild(
        transport,
        `const echo = () => ws.send('x'.repeat(1000), echo);
        echo();`
      );
      await peer.nextFrame();
      child.kill('SIGTERM');

      assert.deepStrictEqual(await child.exited(), {
        code: null,
        signal: 'SIGTERM'
      });
    });

    it('lives on while a client is there', async () => {
      const { child, peer } = await connectToChild(
        transport,
        `ws.on('message', (data) => ws.send(data));
        kit.report('connected');`
      );
      assert.strictEqual(await child.report(), 'connected');
      peer.write(frames.text('alive'));
      assert.strictEqual((await peer.nextFrame()).payload.toString(), 'alive');
      child.kill('SIGKILL');
      await child.exited();
    });

    it('comes by itself once all is closed', async () => {
      const { code, stderr, reports } = await runChild(
        closeAll,
        transport.name
      );

      assert.strictEqual(code, 0, stderr);
      assert.deepStrictEqual(reports, ['closed']);
    });
  }, TCP);

  it('comes by itself with a server that has noServer', async () => {
    const { code } = await runChild(({ WebSocketServer }) => {
      new WebSocketServer({ noServer: true });
    });

    assert.strictEqual(code, 0);
  });

  it('comes by itself if a port was in use', async () => {
    const { code, stderr, reports } = await runChild(async (kit) => {
      const first = await kit.transports.port.listen();
      const second = new kit.WebSocketServer({
        port: first.port,
        host: kit.HOST
      });
      const [err] = await kit.wait.nextEvent(second, 'error');
      kit.report(err.code);
      first.wss.close();
    });

    assert.strictEqual(code, 0, stderr);
    assert.deepStrictEqual(reports, ['EADDRINUSE']);
  });
});

/* Runs in a child: connects, talks, closes everything, and is done. */
async function closeAll(kit, transportName) {
  const endpoint = await kit.transports[transportName].listen();
  const one = await endpoint.connected();
  const two = await endpoint.connected();
  one.ws.send('x');
  await kit.wait.nextEvent(one.client, 'message');
  const ended = [one, two].map(({ ws }) => kit.wait.nextEvent(ws, 'close'));
  one.ws.close();
  two.ws.terminate();
  await Promise.all(ended);
  if (endpoint.httpServer) endpoint.httpServer.close();
  endpoint.wss.close(() => kit.report('closed'));
}
