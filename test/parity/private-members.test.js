'use strict';

const assert = require('node:assert');
const { Duplex } = require('node:stream');
const net = require('node:net');

const frames = require('../support/frames');
const { WebSocket } = require('../support/implementation');
const {
  HOST,
  TCP,
  forEachTransport,
  transports,
  releaseAll
} = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  called,
  nextEvent,
  turns,
  until
} = require('../support/wait');

const { Sender } = WebSocket;

const frameOptions = (opcode, options) => ({
  fin: true,
  mask: false,
  opcode,
  readOnly: false,
  rsv1: false,
  ...options
});

describe('[server-surface] members that real code touches', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    describe('_socket', () => {
      it('is the socket of the request', async () => {
        const { ws, req } = await transport.open();

        assert.strictEqual(ws._socket, req.socket);
        assert.ok(ws._socket instanceof Duplex);
      });

      it('tells whether it can be written, and how much waits', async () => {
        const { ws, peer } = await transport.open();
        await until(() => ws._socket.writableLength === 0, 'an empty buffer');
        assert.strictEqual(ws._socket.destroyed, false);
        assert.strictEqual(ws._socket.writable, true);
        assert.strictEqual(ws._socket.readable, true);
        assert.strictEqual(ws._socket.writableNeedDrain, false);
        assert.strictEqual(ws._socket._writableState.length, 0);
        peer.socket.pause();
        const big = Buffer.alloc(1024 * 1024);
        for (let i = 0; i < 24; i++) ws.send(big);
        await turns(3);
        assert.ok(ws._socket.writableLength > 0);
        assert.strictEqual(ws._socket.writableLength, ws.bufferedAmount);
        assert.strictEqual(ws._socket.writableNeedDrain, true);
        const drained = nextEvent(ws._socket, 'drain');
        peer.socket.resume();
        await drained;
      });

      it('writes bytes as they are, in order with frames', async () => {
        const { ws, peer } = await transport.open();
        ws.send('one');
        ws._socket.write(frames.text('raw', { mask: false }));
        ws.send('two');
        const got = await peer.nextFrames(3);

        assert.deepStrictEqual(
          got.map(({ payload }) => payload.toString()),
          ['one', 'raw', 'two']
        );
      });

      it('gathers what is sent between cork and uncork', async () => {
        const { ws, peer } = await transport.open();
        ws._socket.cork();
        ws.send('one');
        ws.send('two');
        assert.ok(ws._socket.writableLength >= 10);
        process.nextTick(() => ws._socket.uncork());
        const got = await peer.nextFrames(2);

        assert.strictEqual(got.length, 2);
      });

      it('ends the connection with destroy()', async () => {
        const { ws, peer } = await transport.open();
        const closed = nextEvent(ws, 'close');
        ws._socket.destroy();

        assert.strictEqual((await closed)[0], 1006);
        await peer.ended();
      });

      it('ends the connection with destroy(err), without an error', async () => {
        const { ws } = await transport.open();
        ws.on('error', () => assert.fail('an error'));
        const closed = nextEvent(ws, 'close');
        ws._socket.destroy(new Error('own'));

        assert.strictEqual((await closed)[0], 1006);
        assert.strictEqual(ws._socket.destroyed, true);
      });

      it('sends FIN with end()', async () => {
        const { ws, peer } = await transport.open();
        const closed = nextEvent(ws, 'close');
        ws.send('last');
        ws._socket.end();
        const got = await peer.framesToEnd();
        peer.end();

        assert.strictEqual(got[0].payload.toString(), 'last');
        assert.strictEqual((await closed)[0], 1006);
      });

      it('emits close before the WebSocket does, or in its stead', async () => {
        const { ws, peer } = await transport.open();
        const log = [];
        ws.on('close', () => log.push('ws'));
        ws._socket.on('close', () => log.push('socket'));
        peer.destroy();
        await until(() => log.length === 2, 'both events');

        assert.deepStrictEqual(log.sort(), ['socket', 'ws']);
      });

      it('stops and goes on with pause() and resume()', async () => {
        const { ws, peer } = await transport.open();
        const log = [];
        ws.on('message', (data) => log.push(String(data)));
        ws._socket.pause();
        peer.write(frames.text('held'));
        await turns(20);
        assert.deepStrictEqual(log, []);
        ws._socket.resume();
        await until(() => log.length === 1, 'the message');
      });
    });

    describe('_sender', () => {
      it('sends lists that Sender.frame made, as engine.io does', async () => {
        const { ws, peer } = await transport.open();
        assert.strictEqual(typeof ws._sender.sendFrame, 'function');
        const list = Sender.frame(
          Buffer.from('framed'),
          frameOptions(1, { readOnly: false })
        );
        const [err] = await called((done) => ws._sender.sendFrame(list, done));
        assert.ok(!err);
        ws._sender.sendFrame(list);
        ws._sender.sendFrame(Sender.frame('', frameOptions(1)));
        const got = await peer.nextFrames(3);

        assert.deepStrictEqual(
          got.map(({ opcode, payload }) => [opcode, payload.toString()]),
          [
            [frames.TEXT, 'framed'],
            [frames.TEXT, 'framed'],
            [frames.TEXT, '']
          ]
        );
      });

      it('keeps the order of send and sendFrame', async () => {
        const { ws, peer } = await transport.open();
        const expected = [];
        for (let i = 0; i < 100; i++) {
          const data = `${i} `.repeat(i % 9 === 0 ? 2000 : 2);
          expected.push(data);
          if (i % 2) ws.send(data);
          else ws._sender.sendFrame(Sender.frame(data, frameOptions(1)));
        }
        const got = await peer.nextFrames(100);

        assert.deepStrictEqual(
          got.map(({ payload }) => payload.toString()),
          expected
        );
      });

      it('sends one list to many connections', async () => {
        const endpoint = await transport.listen();
        const all = [];
        for (let i = 0; i < 5; i++) all.push(await endpoint.accepted());
        const list = Sender.frame(
          Buffer.alloc(3000, 'b'),
          frameOptions(2, { readOnly: true })
        );
        for (const { ws } of all) ws._sender.sendFrame(list);

        for (const { peer } of all) {
          const { payload } = await peer.nextFrame();
          assert.ok(payload.equals(Buffer.alloc(3000, 'b')));
        }
      });

      it('knows its socket', async () => {
        const { ws } = await transport.open();

        assert.strictEqual(ws._sender._socket, ws._socket);
        assert.strictEqual(ws._sender._bufferedBytes, 0);
      });
    });

    describe('_receiver', () => {
      it('tells of the close frame that has been answered', async () => {
        const { ws, peer } = await transport.open();
        const concluded = nextEvent(ws._receiver, 'conclude');
        peer.write(frames.close(4000, 'why'));
        const [code, reason] = await concluded;

        assert.strictEqual(code, 4000);
        assert.strictEqual(String(reason), 'why');
        assert.strictEqual(ws.readyState, ws.CLOSING);
      });

      it('stops the automatic pong if its listener is removed', async () => {
        const { ws, peer } = await transport.open();
        ws._receiver.removeAllListeners('ping');
        ws.on('ping', () => assert.fail('a ping'));
        peer.write(frames.ping('unanswered'), frames.close(1000));
        const got = await peer.framesToEnd();

        assert.deepStrictEqual(
          got.map(({ opcode }) => opcode),
          [frames.CLOSE]
        );
      });

      it('has a limit that can be read and set', async () => {
        const { ws, peer } = await transport.open();
        assert.strictEqual(ws._receiver._maxPayload, 104857600);
        ws._receiver._maxPayload = 3;
        const error = nextEvent(ws, 'error');
        peer.write(frames.text('four'));

        assert.strictEqual(
          (await error)[0].code,
          'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
        );
      });
    });
  });

  forEachTransport((transport) => {
    it('does not hold back what was sent before cork', async () => {
      const endpoint = await transport.listen({}, (ws) => {
        ws.send('one');
        ws._socket.cork();
        ws.send('two');
      });
      const peer = await endpoint.upgraded();
      const { payload } = await peer.nextFrame();

      assert.strictEqual(payload.toString(), 'one');
      assert.strictEqual(peer.length, 0);
    });

    it('has a _socket with the calls and getters of a net.Socket', async () => {
      const { ws, peer, endpoint } = await transport.open();
      const socket = ws._socket;
      assert.ok(socket instanceof net.Socket);
      assert.strictEqual(socket.remoteAddress, HOST);
      assert.strictEqual(socket.remotePort, peer.socket.localPort);
      assert.strictEqual(socket.remoteFamily, 'IPv4');
      assert.strictEqual(socket.localPort, endpoint.port);
      assert.deepStrictEqual(socket.address(), {
        address: HOST,
        family: 'IPv4',
        port: endpoint.port
      });
      assert.strictEqual(socket.readyState, 'open');
      assert.strictEqual(socket.setNoDelay(true), socket);
      assert.strictEqual(socket.setKeepAlive(true, 1000), socket);
      assert.strictEqual(socket.unref(), socket);
      assert.strictEqual(socket.ref(), socket);
      assert.strictEqual(socket.setTimeout(0), socket);
      assert.strictEqual(typeof socket.server, 'object');
      ws.send('fine');
      assert.strictEqual((await peer.nextFrame()).payload.toString(), 'fine');
    });

    it('has a _socket that counts its bytes', async () => {
      const { ws, peer } = await transport.open();
      const { bytesRead, bytesWritten } = ws._socket;
      ws.on('message', (data) => ws.send(data));
      peer.write(frames.text('x'.repeat(1000)));
      await peer.nextFrame();
      await turns(2);

      assert.strictEqual(ws._socket.bytesRead - bytesRead, 1008);
      assert.strictEqual(ws._socket.bytesWritten - bytesWritten, 1004);
    });

    it('has a _socket whose timeout can be used', async () => {
      const { ws } = await transport.open();
      const timeout = nextEvent(ws._socket, 'timeout');
      ws._socket.setTimeout(10);
      await timeout;
    });

    it('has a _socket that resets', async () => {
      const { ws, peer } = await transport.open();
      const closed = nextEvent(ws, 'close');
      ws._socket.resetAndDestroy();

      assert.strictEqual((await closed)[0], 1006);
      await peer.closed();
      assert.strictEqual(peer.error?.code, 'ECONNRESET');
    });

    it('tells each time when nothing has come or gone for long', async () => {
      const { ws, peer } = await transport.open();
      ws.on('message', (data) => ws.send(data));
      ws._socket.setTimeout(10);
      await nextEvent(ws._socket, 'timeout');
      const again = nextEvent(ws._socket, 'timeout');
      peer.write(frames.text('still here'));
      await peer.nextFrame();
      await again;
      ws._socket.setTimeout(0);
    });
  }, TCP);

  describe('_server', () => {
    afterEach(releaseAll);

    it('is the HTTP server, and null once closed', async () => {
      const { wss, port } = await transports.port.listen();
      assert.strictEqual(wss._server.address().port, port);
      assert.strictEqual(wss._server.listening, true);
      assert.strictEqual(typeof wss._server.on, 'function');
      wss.close();
      assert.strictEqual(wss._server, null);

      const other = await transports.server.listen();
      assert.strictEqual(other.wss._server, other.httpServer);
    });

    it('takes requests of the application', async () => {
      const endpoint = await transports.port.listen();
      endpoint.wss._server.removeAllListeners('request');
      endpoint.wss._server.on('request', (req, res) => {
        res.end(`own ${req.url}`);
      });
      const peer = await endpoint.raw();
      peer.write('GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');

      assert.match(String(await peer.readToEnd()), /200 OK[^]*own \/page$/);
      await endpoint.accepted();
    });
  });
});
