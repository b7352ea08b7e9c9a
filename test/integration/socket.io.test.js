'use strict';

const support = require('./support'); // First: it says what ws is.

const assert = require('assert');
const { once } = require('events');
const http = require('http');
const { NodeWebSocket: Transport } = require('engine.io-client');
const { Server } = require('socket.io');
const { io: connect } = require('socket.io-client');

const { TEST_TIMEOUT_MS, until } = require('../support/wait');

const { WebSocket, WebSocketServer, listen, onRelease, releaseAll } = support;

class OwnTransport extends Transport {
  createSocket(...args) {
    return new WebSocket(...args);
  }
}

/* How a client may reach the server. */
const WAYS = {
  'a WebSocket at once': { transports: ['websocket'] },
  'an upgrade from polling': { transports: ['polling', 'websocket'] },
  'a WebSocket of the same kind': { transports: [OwnTransport] }
};

/* How the server may be told to run on the implementation under test. */
const ENGINES = {
  'as wsEngine': { wsEngine: WebSocketServer },
  'in place of ws': {},
  'with compression': { perMessageDeflate: true, wsEngine: WebSocketServer }
};

describe('Socket.IO', function () {
  this.timeout(TEST_TIMEOUT_MS);

  let io;
  let port;

  afterEach(releaseAll);

  async function start(options) {
    const server = http.createServer();
    io = new Server(server, options);
    assert.ok(io.engine.ws instanceof WebSocketServer);
    port = await listen(server);
    onRelease(() => io.close());
  }

  /* A client; resolves when it is connected, over a WebSocket. */
  async function join(options, namespace = '') {
    const socket = connect(`http://127.0.0.1:${port}${namespace}`, {
      forceNew: true,
      reconnectionDelay: 10,
      reconnectionDelayMax: 20,
      ...options
    });
    onRelease(() => socket.disconnect());
    await once(socket, 'connect');
    if (socket.io.engine.transport.name !== 'websocket') {
      await once(socket.io.engine, 'upgrade');
    }
    return socket;
  }

  function joinMany(count, options) {
    return Promise.all(Array.from({ length: count }, () => join(options)));
  }

  for (const [engine, options] of Object.entries(ENGINES)) {
    for (const [way, client] of Object.entries(WAYS)) {
      describe(`${engine}, over ${way}`, () => {
        beforeEach(() => start(options));

        it('carries events, acknowledgements and binary', async () => {
          let peer;
          io.on('connection', (socket) => {
            peer = socket;
            socket.on('add', (a, b, reply) => reply(a + b));
            socket.on('echo', (...args) => socket.emit('echo', ...args));
          });
          const socket = await join(client);
          const bytes = Buffer.from([0, 255, 1]);
          const data = { text: 'grüße', bytes, list: [bytes, 1] };
          const echo = once(socket, 'echo');
          socket.emit('echo', data, 'x'.repeat(100000));

          assert.strictEqual(await socket.emitWithAck('add', 2, 3), 5);
          const [got, long] = await echo;
          assert.deepStrictEqual(got, data);
          assert.strictEqual(long.length, 100000);
          await until(() => peer.conn.transport.socket, 'the upgrade');
          assert.strictEqual(
            peer.conn.transport.socket.extensions,
            options.perMessageDeflate ? 'permessage-deflate' : ''
          );
        });

        it('broadcasts to rooms', async () => {
          io.on('connection', (socket) => {
            socket.on('join', async (room, reply) => {
              await socket.join(room);
              reply();
            });
            socket.on('say', (room, text) =>
              socket.to(room).emit('said', text)
            );
          });
          const [ada, bob, eve] = await joinMany(3, client);
          const heard = [];
          eve.on('said', (text) => heard.push(text));
          await Promise.all(
            [ada, bob].map((socket) => socket.emitWithAck('join', 'room'))
          );
          const said = once(bob, 'said');
          ada.emit('say', 'room', 'hello');

          assert.deepStrictEqual(await said, ['hello']);
          const all = [ada, bob, eve].map((socket) => once(socket, 'all'));
          io.emit('all', Buffer.from('bytes'));
          for (const [bytes] of await Promise.all(all)) {
            assert.deepStrictEqual(bytes, Buffer.from('bytes'));
          }
          assert.deepStrictEqual(heard, []);
        });

        it('comes back after the connection broke', async () => {
          let last;
          io.on('connection', (socket) => (last = socket));
          const socket = await join(client);
          const first = socket.id;
          const gone = once(socket, 'disconnect');
          const back = once(socket, 'connect');
          const left = once(last, 'disconnect');
          await until(() => last.conn.transport.socket, 'the upgrade');
          last.conn.transport.socket.terminate();

          assert.deepStrictEqual(await left, ['transport close', undefined]);
          assert.strictEqual((await gone)[0], 'transport close');
          await back;
          assert.notStrictEqual(socket.id, first);
        });
      });
    }
  }

  describe('the rest', () => {
    it('has namespaces, middleware, and a server that disconnects', async () => {
      await start({ wsEngine: WebSocketServer });
      io.of('/news').use((socket, next) => {
        if (socket.handshake.auth.token === 'right') next();
        else next(new Error('wrong token'));
      });
      io.of('/news').on('connection', (socket) => {
        socket.on('leave', () => socket.disconnect(true));
      });
      const options = { transports: ['websocket'] };
      const wrong = connect(`http://127.0.0.1:${port}/news`, {
        ...options,
        forceNew: true
      });
      onRelease(() => wrong.disconnect());

      const [refusal] = await once(wrong, 'connect_error');
      assert.strictEqual(refusal.message, 'wrong token');
      const auth = { token: 'right' };
      const socket = await join({ ...options, auth }, '/news');
      const gone = once(socket, 'disconnect');
      socket.emit('leave');
      assert.strictEqual((await gone)[0], 'io server disconnect');
    });

    it('notices a client that is silent', async () => {
      await start({
        pingInterval: 20,
        pingTimeout: 50,
        wsEngine: WebSocketServer
      });
      const connected = once(io, 'connection');
      const socket = await join({ transports: ['websocket'] });
      const [peer] = await connected;
      const left = once(peer, 'disconnect');
      const { _socket } = socket.io.engine.transport.ws;
      _socket.pause();

      assert.strictEqual((await left)[0], 'ping timeout');
      _socket.resume();
    });

    it('closes with all its clients', async () => {
      await start({ wsEngine: WebSocketServer });
      const sockets = await joinMany(5, {
        reconnection: false,
        transports: ['websocket']
      });
      const gone = sockets.map((socket) => once(socket, 'disconnect'));
      await io.close();

      await Promise.all(gone);
      assert.strictEqual(io.engine.clientsCount, 0);
    });

    it('restores what was missed while away', async () => {
      await start({
        connectionStateRecovery: {},
        wsEngine: WebSocketServer
      });
      let peer;
      io.on('connection', (socket) => (peer = socket));
      const socket = await join({ transports: ['websocket'] });
      io.emit('news', 'first');
      await once(socket, 'news');
      const missed = once(socket, 'news');
      const left = once(peer, 'disconnect');
      peer.conn.transport.socket.terminate();
      await left;
      io.emit('news', 'second');

      assert.deepStrictEqual((await missed)[0], 'second');
      assert.strictEqual(socket.recovered, true);
    });
  });
});
