'use strict';

const support = require('./support'); // First: it says what ws is.

const assert = require('assert');
const { once } = require('events');
const http = require('http');
const engine = require('engine.io');
const { Socket } = require('engine.io-client');

const { TEST_TIMEOUT_MS } = require('../support/wait');

const { WebSocketServer, listen, onRelease, releaseAll } = support;

describe('Engine.IO', function () {
  this.timeout(TEST_TIMEOUT_MS);

  let server;
  let port;

  beforeEach(async () => {
    const httpServer = http.createServer();
    server = engine.attach(httpServer, { wsEngine: WebSocketServer });
    port = await listen(httpServer);
    onRelease(() => server.close());
  });

  afterEach(releaseAll);

  async function open(options) {
    const connected = once(server, 'connection');
    const socket = new Socket(`ws://127.0.0.1:${port}`, {
      transports: ['websocket'],
      ...options
    });
    onRelease(() => socket.close());
    const [peer] = await connected;
    if (socket.readyState !== 'open') await once(socket, 'open');
    return { socket, peer };
  }

  it('carries text and binary, many at a time', async () => {
    const { socket, peer } = await open();
    peer.on('message', (data) => peer.send(data));
    const sent = ['grüße', Buffer.from([1, 2, 3]), 'x'.repeat(70000), 'end'];
    const got = [];
    const done = new Promise((resolve) => {
      socket.on('message', (data) => {
        got.push(data);
        if (got.length === sent.length) resolve();
      });
    });
    for (const data of sent) socket.send(data);
    await done;

    assert.deepStrictEqual(got, sent);
  });

  it('sends a frame that was made before', async () => {
    const { socket, peer } = await open();
    const { Sender } = support.WebSocket;
    const wsPreEncodedFrame = Sender.frame(Buffer.from('4made before'), {
      fin: true,
      mask: false,
      opcode: 1,
      readOnly: false,
      rsv1: false
    });
    const message = once(socket, 'message');
    const flushed = once(peer, 'drain');
    peer.send('made now', { wsPreEncodedFrame });

    assert.deepStrictEqual((await message)[0], 'made before');
    await flushed;
  });

  it('tells the remote address, and of the end', async () => {
    const { socket, peer } = await open();
    assert.strictEqual(peer.remoteAddress, '127.0.0.1');
    const closed = once(peer, 'close');
    socket.close();

    assert.strictEqual((await closed)[0], 'transport close');
    assert.strictEqual(server.clientsCount, 0);
  });

  it('upgrades from polling with messages under way', async () => {
    const { socket, peer } = await open({
      transports: ['polling', 'websocket']
    });
    const got = [];
    socket.on('message', (data) => got.push(Number(data)));
    for (let i = 0; i < 20; i++) peer.send(String(i));
    await once(socket, 'upgrade');
    for (let i = 20; i < 40; i++) peer.send(String(i));
    while (got.length < 40) await once(socket, 'message');

    assert.deepStrictEqual(got, [...Array(40).keys()]);
    assert.strictEqual(peer.transport.name, 'websocket');
  });

  it('refuses a session that it does not know', async () => {
    await assert.rejects(
      support.Peer.connect(
        `ws://127.0.0.1:${port}/engine.io/?EIO=4&transport=websocket&sid=none`
      ),
      { message: 'Unexpected server response: 400' }
    );
  });
});
