'use strict';

/* Peers that are slow, silent or deaf cost little, and not for ever. */

const assert = require('node:assert');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');

const { canMakeCertificate, certificate } = require('../support/certificate');
const { forEachClientTransport } = require('../support/client-transports');
const { WebSocketServer } = require('../support/implementation');
const frames = require('../support/frames');
const { RawClient, upgradeRequest } = require('../support/raw-client');
const {
  HOST,
  forEachTransport,
  onRelease,
  releaseAll,
  transports
} = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  nextEvent,
  turn,
  turns,
  until
} = require('../support/wait');

const MIB = 1024 * 1024;
const HALVES = 100;
const HEADERS_TIMEOUT_MS = 200;

describe('slow peers', function () {
  this.timeout(2 * TEST_TIMEOUT_MS);

  describe('of the native listener', () => {
    afterEach(releaseAll);

    /* A server that gives a request head little time. */
    async function start() {
      const wss = new WebSocketServer({ port: 0, host: HOST });
      wss._server.headersTimeout = HEADERS_TIMEOUT_MS;
      wss.on('connection', (ws) => ws.on('message', (data) => ws.send(data)));
      onRelease(() => {
        for (const ws of wss.clients) ws.terminate();
        wss.close();
      });
      await nextEvent(wss, 'listening');
      return wss;
    }

    async function dial(wss) {
      const socket = net.connect(wss.address().port, HOST);
      onRelease(() => socket.destroy());
      await nextEvent(socket, 'connect');
      return new RawClient(socket);
    }

    async function assertAlone(wss) {
      let count;
      do {
        await turns(5);
        count = await new Promise((resolve) => {
          wss._server.getConnections((err, number) => resolve(number));
        });
      } while (count > 0);
    }

    async function assertServes(wss) {
      const peer = await dial(wss);
      await peer.upgrade();
      peer.write(frames.text('alive'));
      const { payload } = await peer.nextFrame();
      assert.strictEqual(payload.toString(), 'alive');
    }

    it('are dropped if their request does not come in time', async () => {
      const wss = await start();
      const request = upgradeRequest();
      const peers = [];
      for (let i = 0; i < HALVES; i++) {
        const peer = await dial(wss);
        peer.write(request.slice(0, i % request.length));
        peers.push(peer);
      }
      for (const peer of peers) {
        assert.match(await peer.readHead(), /^HTTP\/1\.1 408 /);
        await peer.closed();
      }
      await assertAlone(wss);
      await assertServes(wss);
    });

    it('gain no time by a byte now and then', async () => {
      const wss = await start();
      const peer = await dial(wss);
      let sent = 0;
      peer.write(upgradeRequest().slice(0, -2));
      while (!peer.isOver) {
        peer.socket.write('X-A: b\r\n'.charAt(sent++ % 8));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      assert.match(String(await peer.readToEnd()), /^HTTP\/1\.1 408 /);
      assert.ok(sent < 16384, `${sent} bytes`);
      await assertAlone(wss);
    });

    it('lose nothing once their request has come', async () => {
      const wss = await start();
      const peer = await dial(wss);
      await peer.upgrade();
      await new Promise((resolve) => {
        setTimeout(resolve, 2 * HEADERS_TIMEOUT_MS);
      });
      peer.write(frames.text('still here'));
      const { payload } = await peer.nextFrame();
      assert.strictEqual(payload.toString(), 'still here');
    });
  });

  for (const [name, make] of [
    ['server', (options) => http.createServer(options)],
    ['https', (options) => https.createServer({ ...certificate(), ...options })]
  ]) {
    it(`of node:http are dropped by it, over ${name}`, async function () {
      if (name === 'https' && !canMakeCertificate()) this.skip();
      const server = make({
        connectionsCheckingInterval: 50,
        headersTimeout: HEADERS_TIMEOUT_MS
      });
      const wss = new WebSocketServer({ server });
      const request = upgradeRequest();
      const peers = [];

      server.listen(0, HOST);
      await nextEvent(server, 'listening');
      onRelease(() => wss.close());
      onRelease(() => server.close());
      for (let i = 1; i < request.length; i += 9) {
        const socket = await transports[name].dial(server.address());
        onRelease(() => socket.destroy());
        peers.push(new RawClient(socket));
        peers.at(-1).write(request.slice(0, i));
      }
      for (const peer of peers) {
        assert.match(await peer.readHead(), /^HTTP\/1\.1 408 /);
        await peer.ended();
      }
    });
  }

  /* The peer, a stream of ours, reads nothing, and goes at last. */
  async function assertBounded(ws, peer) {
    const message = Buffer.alloc(65536, 'm');
    const closed = nextEvent(ws, 'close');
    const before = process.memoryUsage().rss;

    peer.socket.pause();
    for (let i = 0; i < 1024; i++) {
      ws.send(message);
      if (i % 64 === 0) await turn();
    }
    const waiting = ws.bufferedAmount;
    const grown = process.memoryUsage().rss - before;

    assert.ok(waiting > 32 * MIB, `${waiting} bytes wait`);
    // Records of TLS have headers, and may be counted twice on their way.
    assert.ok(waiting <= 1024 * (65536 + 200), `${waiting} bytes wait`);
    if (!process.env.UVWS_SANITIZED) {
      assert.ok(grown < 2.5 * waiting, `${grown} bytes for ${waiting}`);
    }
    peer.reset();
    ws.send(message);
    await closed;
    assert.strictEqual(ws.bufferedAmount, 0);
  }

  forEachTransport((transport) => {
    it('that never read are told by bufferedAmount', async () => {
      const { ws, peer, wss } = await transport.open();
      await assertBounded(ws, peer);
      assert.strictEqual(wss.clients.size, 0);
    });
  });

  forEachClientTransport((transport) => {
    it('that never read are told by bufferedAmount, to a client', async () => {
      const { client, peer } = await transport.open();
      await assertBounded(client, peer);
    });
  });

  forEachTransport((transport) => {
    it('that come back get all, and nothing is left waiting', async () => {
      const { ws, peer } = await transport.open();
      peer.socket.pause();
      for (let i = 0; i < 256; i++) ws.send(Buffer.alloc(65536, i));
      await turns(5);
      assert.ok(ws.bufferedAmount > 0);
      peer.socket.resume();
      for (let i = 0; i < 256; i++) {
        const { payload } = await peer.nextFrame();
        assert.ok(payload.equals(Buffer.alloc(65536, i)), `message ${i}`);
      }
      await until(() => ws.bufferedAmount === 0, 'nothing to be left');
    });
  });
});
