'use strict';

const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const tls = require('node:tls');
const ws = require('ws');

const { canMakeCertificate, certificate } = require('./certificate');
const { duplexPair } = require('./duplex-pair');
const { HostileServer } = require('./hostile-server');
const { WebSocket } = require('./implementation');
const { HOST, onRelease, releaseAll } = require('./transports');
const { nextEvent } = require('./wait');

/* Starts a server of node:net or node:tls; its streams go to the function. */
async function listen(server, ...where) {
  const streams = new Set();
  server.on(
    server instanceof tls.Server ? 'secureConnection' : 'connection',
    (stream) => {
      streams.add(stream);
      stream.on('error', () => {});
    }
  );
  server.on('tlsClientError', () => {});
  server.listen(...where);
  await nextEvent(server, 'listening');
  onRelease(() => {
    for (const stream of streams) stream.destroy();
    server.close();
  });
  return server;
}

/* A path for a Unix socket, gone after the test. */
function socketPath() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvws-'));
  onRelease(() => fs.rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'socket');
}

/*
 * The ways of a client to a server. Each starts listening, hands the streams
 * that come to a function, and tells the URL of a path and the options that
 * the client needs.
 */
const ways = {
  /* Taken over by its descriptor. */
  async tcp(onStream) {
    const server = await listen(
      net.createServer({ allowHalfOpen: true, noDelay: true }, onStream),
      0,
      HOST
    );
    const { port } = server.address();
    return { url: (target) => `ws://${HOST}:${port}${target}`, options: {} };
  },

  async unix(onStream) {
    const where = socketPath();
    await listen(net.createServer({ allowHalfOpen: true }, onStream), where);
    return { url: (target) => `ws+unix:${where}:${target}`, options: {} };
  },

  /* A stream that somebody else reads and writes. */
  async tls(onStream) {
    const server = await listen(
      tls.createServer(
        { ...certificate(), allowHalfOpen: true, noDelay: true },
        onStream
      ),
      0,
      HOST
    );
    const { port } = server.address();
    return {
      url: (target) => `wss://${HOST}:${port}${target}`,
      options: { rejectUnauthorized: false }
    };
  },

  async duplex(onStream) {
    const createConnection = () => {
      const [near, far] = duplexPair();
      onStream(far);
      return near;
    };
    return {
      url: (target) => `ws://localhost${target}`,
      options: { createConnection }
    };
  }
};

/* Makes a client of the implementation; what it says is for the test to hear. */
function makeClient({ url, options: own }, protocols, options, target = '/') {
  const client = new WebSocket(url(target), protocols, {
    perMessageDeflate: false,
    ...own,
    ...options
  });
  onRelease(() => {
    client.on('error', () => {});
    client.terminate();
  });
  return client;
}

/* A way, and what tests do with it. */
class ClientTransport {
  constructor(name) {
    this.name = name;
    this.isSocket = name !== 'duplex';
  }

  /* Starts a server that says only what the test gives it. */
  async hostile() {
    const server = new HostileServer();
    const place = await ways[this.name]((stream) => server.take(stream));

    server.client = (...args) => makeClient(place, ...args);
    server.url = place.url;
    return server;
  }

  /* Starts a server of node:http, with a listener for its requests. */
  async http(onRequest) {
    const server = http.createServer(onRequest);
    const place = await ways[this.name]((stream) =>
      server.emit('connection', stream)
    );

    server.client = (...args) => makeClient(place, ...args);
    server.url = place.url;
    return server;
  }

  /* Starts a server of ws; the handler is its 'connection' listener. */
  async serve(options, onConnection) {
    const server = await this.http();
    const wss = new ws.WebSocketServer({ server, ...options });

    wss.on('connection', (socket) => socket.on('error', () => {}));
    if (onConnection) wss.on('connection', onConnection);
    server.wss = wss;
    return server;
  }

  /* A client, open, with a peer made by hand at its other end. */
  async open(options, handshake) {
    const server = await this.hostile();
    const client = server.client([], options);
    const opened = nextEvent(client, 'open');
    const peer = await server.upgraded(handshake);

    await opened;
    return { client, peer, server };
  }

  /* A client, open, with the object of a server of ws at its other end. */
  async pair(options, serverOptions, protocols) {
    const server = await this.serve(serverOptions);
    const connection = nextEvent(server.wss, 'connection');
    const client = server.client(protocols, options);
    const opened = nextEvent(client, 'open');
    const [peer, req] = await connection;

    await opened;
    return { client, peer, req, server };
  }
}

function selected() {
  const wanted = process.env.UVWS_TRANSPORTS?.split(',');
  return Object.keys(ways).filter((name) => !wanted || wanted.includes(name));
}

/*
 * Describes the suite once per way of a client to a server. `names` limits it
 * to some of them. What a test opened is closed after it.
 */
function forEachClientTransport(fn, names = Object.keys(ways)) {
  for (const name of selected().filter((one) => names.includes(one))) {
    describe(`over ${name}`, () => {
      before(function () {
        if (name === 'tls' && !canMakeCertificate()) this.skip();
      });
      afterEach(releaseAll);
      fn(new ClientTransport(name));
    });
  }
}

module.exports = {
  ClientTransport,
  forEachClientTransport,
  listen,
  makeClient
};
