'use strict';

const assert = require('node:assert');
const { AsyncLocalStorage } = require('node:async_hooks');
const http = require('node:http');
const net = require('node:net');
const ws = require('ws');

const frames = require('../support/frames');
const { WebSocket } = require('../support/implementation');
const { RawClient } = require('../support/raw-client');
const { HOST, onRelease, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, until } = require('../support/wait');

/* Servers that listen: the WebSocketServer and the one that has the address. */
function onPort({ WebSocketServer }, options) {
  const wss = new WebSocketServer({ port: 0, host: HOST, ...options });
  return { wss, server: wss };
}

function onHttp({ WebSocketServer }) {
  const server = http.createServer();
  const wss = new WebSocketServer({ server });
  server.listen(0, HOST);
  return { wss, server };
}

/* The function is called with what does the upgrade. */
function byHand({ WebSocketServer }, onUpgrade) {
  const server = http.createServer();
  const wss = new WebSocketServer({ noServer: true });
  server.on('upgrade', (req, socket, head) => {
    onUpgrade(() => {
      wss.handleUpgrade(req, socket, head, (client) => {
        wss.emit('connection', client, req);
      });
    });
  });
  server.listen(0, HOST);
  return { wss, server };
}

function enterAtConnection(pair, storage) {
  let count = 0;
  pair.wss.on('connection', () => storage.enterWith(`connection ${++count}`));
  return pair;
}

/*
 * What runs in which async context depends on where things were made. Each
 * scenario makes a server with run(name, fn), which is AsyncLocalStorage#run,
 * and is judged by what ws does.
 */
const SCENARIOS = {
  'of a server with a port, made in a context': ({ run, ...made }) =>
    run('server', () => onPort(made)),

  'of a server with a port but no host': ({ run, ...made }) =>
    run('server', () => onPort(made, { host: undefined })),

  'of an HTTP server that is made in one and listens in another': ({
    run,
    WebSocketServer
  }) => {
    const server = run('http', () => http.createServer());
    const wss = run('server', () => new WebSocketServer({ server }));
    run('listen', () => server.listen(0, HOST));
    return { wss, server };
  },

  "of a server whose application enters one at 'connection' of HTTP": ({
    storage,
    ...made
  }) => {
    const pair = onHttp(made);
    pair.server.on('connection', () => storage.enterWith('connection'));
    return pair;
  },

  "of a server with a port, entering one at 'connection' of HTTP": ({
    storage,
    ...made
  }) => {
    const pair = onPort(made);
    pair.wss._server.on('connection', () => storage.enterWith('connection'));
    return pair;
  },

  "of a server with a port whose application enters one at 'connection'": ({
    storage,
    ...made
  }) => enterAtConnection(onPort(made), storage),

  "of an HTTP server whose application enters one at 'connection'": ({
    storage,
    ...made
  }) => enterAtConnection(onHttp(made), storage),

  "of a server with a port whose application enters one at 'close'": ({
    storage,
    ...made
  }) => {
    const pair = onPort(made);
    let count = 0;
    pair.wss.on('connection', (client) => {
      client.on('close', () => storage.enterWith(`close ${++count}`));
    });
    return pair;
  },

  "of an upgrade by hand, in a context that 'upgrade' enters": ({
    storage,
    ...made
  }) => byHand(made, (upgrade) => storage.run('upgrade', upgrade)),

  'of an upgrade that is put off into another context': ({
    storage,
    ...made
  }) =>
    byHand(made, (upgrade) => {
      storage.run('later', () => setImmediate(upgrade));
    })
};

function count(seen, start) {
  return seen.filter((name) => name.startsWith(start)).length;
}

/* Goes through the life of two connections; gives which events saw which. */
async function observe({ WebSocketServer }, scenario) {
  const storage = new AsyncLocalStorage();
  const seen = [];
  const see = (name) => seen.push(`${name}: ${storage.getStore()}`);
  const { wss, server } = SCENARIOS[scenario]({
    WebSocketServer,
    run: (name, fn) => storage.run(name, fn),
    storage
  });
  onRelease(() => {
    wss.close();
    server.close();
  });
  wss.on('listening', () => see('listening'));
  wss.on('connection', (client) => {
    see('connection');
    client.on('message', (data) => {
      see(`message ${data}`);
      client.send(data, () => see('sent'));
      process.nextTick(() => see('tick'));
      Promise.resolve().then(() => see('microtask'));
      setImmediate(() => see('immediate'));
    });
    client.on('ping', () => see('ping'));
    client.on('pong', () => see('pong'));
    client.on('error', () => see('error'));
    client.on('close', () => see('close'));
  });
  await nextEvent(server, 'listening');
  await talk(server.address().port, frames.close(1000));
  await talk(server.address().port, frames.frame(3));
  await until(() => count(seen, 'close: ') === 2, 'the end of both');
  const closed = nextEvent(wss, 'close');
  wss.on('close', () => see('closed'));
  wss.close();
  if (server !== wss) server.close();
  await closed;
  return seen;
}

/* Runs the client in the context of no one. */
function talk(port, last) {
  return new AsyncLocalStorage().exit(async () => {
    const socket = net.connect({ port, host: HOST, allowHalfOpen: true });
    onRelease(() => socket.destroy());
    await nextEvent(socket, 'connect');
    const peer = new RawClient(socket);
    await peer.upgrade();
    peer.write(
      frames.text('1'),
      frames.ping(),
      frames.pong(),
      frames.text('2')
    );
    await peer.nextFrames(3);
    peer.write(last);
    await peer.ended();
    peer.end();
    await peer.closed();
  });
}

describe('the async context', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  for (const scenario of Object.keys(SCENARIOS)) {
    it(`${scenario} is that of ws`, async () => {
      const expected = await observe(ws, scenario);
      const actual = await observe(WebSocket, scenario);

      assert.deepStrictEqual(actual.sort(), expected.sort());
    });
  }
});
