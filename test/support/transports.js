'use strict';

const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');
const WebSocketClient = require('ws');

const { canMakeCertificate, certificate } = require('./certificate');
const { duplexPair } = require('./duplex-pair');
const implementation = require('./implementation');
const { RawClient } = require('./raw-client');
const { guard, nextEvent } = require('./wait');

/*
 * The ways of making a server that each implementation is judged on. Widen
 * the list of uvws as its transports land; UVWS_TRANSPORTS=a,b narrows it.
 */
const supported = {
  uvws: ['port', 'server', 'noServer', 'https', 'duplex'],
  ws: ['port', 'server', 'noServer', 'https', 'duplex']
};

const HOST = '127.0.0.1';

/* What releaseAll() must undo: functions that may give a promise. */
const releases = [];

function onRelease(fn) {
  releases.push(fn);
}

/* Waits for the promise, but neither for ever nor for its success. */
function settle(promise) {
  let timer;
  const expired = new Promise((resolve) => {
    timer = setTimeout(resolve, 1000);
  });

  return Promise.race([promise, expired])
    .catch(() => {})
    .finally(() => clearTimeout(timer));
}

/* Undoes all that the test opened, whatever state it is in. */
async function releaseAll() {
  for (const release of releases.splice(0).reverse()) {
    await settle(new Promise((resolve) => resolve(release())));
  }
}

/* A server under test and the ways to reach it. */
class Endpoint {
  constructor(wss, transport, httpServer) {
    this.wss = wss;
    this.transport = transport;
    this.httpServer = httpServer;
    this.sockets = [];

    wss.on('connection', (ws) => this.sockets.push(ws));
    onRelease(() => this.#release());
  }

  #release() {
    for (const ws of this.sockets) ws.terminate();
    if (this.httpServer) {
      this.httpServer.close();
      this.httpServer.closeAllConnections();
    }
    return new Promise((resolve) => this.wss.close(resolve));
  }

  get port() {
    return (this.httpServer || this.wss).address().port;
  }

  url(path = '/') {
    return this.transport.url(this, path);
  }

  /* A stream to the server, connected, nothing said on it yet. */
  async dial() {
    const socket = await guard(this.transport.dial(this), 'a connection');
    onRelease(() => socket.destroy());
    return socket;
  }

  /* A hand-made peer, connected; the handshake is left to the test. */
  async raw() {
    return new RawClient(await this.dial());
  }

  /* A hand-made peer that did the handshake. */
  async upgraded(request) {
    const peer = await this.raw();
    const head = await peer.upgrade(request);

    if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`refused: ${head}`);
    return peer;
  }

  /* A hand-made peer with the server's own object for it and its request. */
  async accepted(request) {
    const connection = nextEvent(this.wss, 'connection');
    const peer = await this.upgraded(request);
    const [ws, req] = await connection;

    return { endpoint: this, wss: this.wss, peer, ws, req };
  }

  /* A client of ws, connecting. */
  client(path, protocols, options) {
    const client = new WebSocketClient(this.url(path), protocols, {
      perMessageDeflate: false,
      rejectUnauthorized: false,
      ...this.transport.clientOptions(this),
      ...options
    });
    client.on('error', () => {});
    onRelease(() => client.terminate());
    return client;
  }

  /* A client of ws, open, with the server's own object for it. */
  async connected(path, protocols, options) {
    const connection = nextEvent(this.wss, 'connection');
    const client = this.client(path, protocols, options);
    const opened = nextEvent(client, 'open');
    const [ws, req] = await connection;

    await opened;
    return { endpoint: this, wss: this.wss, client, ws, req };
  }
}

/* Connects a stream and waits until it can be written. */
async function connectTcp(endpoint) {
  const socket = net.connect({
    port: endpoint.port,
    host: HOST,
    allowHalfOpen: true,
    noDelay: true
  });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return socket;
}

async function connectTls(endpoint) {
  const socket = tls.connect({
    port: endpoint.port,
    host: HOST,
    allowHalfOpen: true,
    rejectUnauthorized: false
  });
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  return socket;
}

/* Gives one end of a pair to the HTTP server as a connection; keeps the other. */
function connectPair(endpoint) {
  const [near, far] = duplexPair();
  endpoint.httpServer.emit('connection', far);
  return near;
}

async function listening(server) {
  server.listen(0, HOST);
  await nextEvent(server, 'listening');
  return server;
}

/* Upgrades by hand, as an application with noServer does. */
function routeUpgrades(httpServer, wss) {
  httpServer.on('upgrade', (req, socket, head) => {
    wss.handleUpgrade(req, socket, head, (...connection) => {
      wss.emit('connection', ...connection);
    });
  });
}

function makeServer(options) {
  return new implementation.WebSocketServer(options);
}

const tcp = {
  hasAddress: true,
  isSecure: false,
  dial: connectTcp,
  url: (endpoint, path) => `ws://${HOST}:${endpoint.port}${path}`,
  clientOptions: () => ({})
};

const transports = {
  /* The library's own listener. */
  port: {
    ...tcp,
    async make(options) {
      const wss = makeServer({ port: 0, host: HOST, ...options });
      await nextEvent(wss, 'listening');
      return { wss };
    }
  },

  /* Taken over from a server of node:http. */
  server: {
    ...tcp,
    async make(options) {
      const server = await listening(http.createServer());
      return { wss: makeServer({ server, ...options }), httpServer: server };
    }
  },

  /* Upgraded by the application. */
  noServer: {
    ...tcp,
    async make(options) {
      const httpServer = await listening(http.createServer());
      const wss = makeServer({ noServer: true, ...options });
      routeUpgrades(httpServer, wss);
      return { wss, httpServer };
    }
  },

  /* Taken over from a server of node:https. */
  https: {
    hasAddress: true,
    isSecure: true,
    dial: connectTls,
    url: (endpoint, path) => `wss://${HOST}:${endpoint.port}${path}`,
    clientOptions: () => ({}),
    async make(options) {
      const server = await listening(https.createServer(certificate()));
      return { wss: makeServer({ server, ...options }), httpServer: server };
    }
  },

  /* Upgraded by the application on a stream that is no socket at all. */
  duplex: {
    hasAddress: false,
    isSecure: false,
    dial: async (endpoint) => connectPair(endpoint),
    url: (endpoint, path) => `ws://localhost${path}`,
    clientOptions: (endpoint) => ({
      createConnection: () => connectPair(endpoint)
    }),
    async make(options) {
      const httpServer = http.createServer();
      const wss = makeServer({ noServer: true, ...options });
      routeUpgrades(httpServer, wss);
      return { wss, httpServer };
    }
  }
};

for (const [name, transport] of Object.entries(transports)) {
  transport.name = name;

  /* Starts a server; the handler is its 'connection' listener, if given. */
  transport.listen = async (options, onConnection) => {
    const { wss, httpServer } = await transport.make(options);
    if (onConnection) wss.on('connection', onConnection);
    return new Endpoint(wss, transport, httpServer);
  };

  /* Starts a server and connects a hand-made peer to it. */
  transport.open = async (options, onConnection) => {
    const endpoint = await transport.listen(options, onConnection);
    return endpoint.accepted();
  };

  /* Starts a server and connects a client of ws to it. */
  transport.pair = async (options, onConnection) => {
    const endpoint = await transport.listen(options, onConnection);
    return endpoint.connected();
  };
}

function selected() {
  const wanted = process.env.UVWS_TRANSPORTS;
  const names = supported[implementation.name];

  return wanted
    ? names.filter((name) => wanted.split(',').includes(name))
    : names;
}

/*
 * Describes the suite once per way of making a server. `names` limits it to
 * some of them. What a test opened is closed after it.
 */
function forEachTransport(fn, names = Object.keys(transports)) {
  for (const name of selected().filter((one) => names.includes(one))) {
    if (name === 'https' && !canMakeCertificate()) {
      it('over https: left out, for openssl is not here');
      continue;
    }
    describe(`over ${name}`, () => {
      afterEach(releaseAll);
      fn(transports[name]);
    });
  }
}

/* The ways whose sockets are plain TCP. */
const TCP = ['port', 'server', 'noServer'];

module.exports = {
  HOST,
  TCP,
  forEachTransport,
  onRelease,
  releaseAll,
  transports
};
