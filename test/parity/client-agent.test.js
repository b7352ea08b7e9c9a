'use strict';

const assert = require('node:assert');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');

const { canMakeCertificate } = require('../support/certificate');
const { ClientTransport, listen } = require('../support/client-transports');
const { WebSocket } = require('../support/implementation');
const { eventsOf } = require('../support/record');
const { HOST, onRelease, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

/* An HTTP proxy that does CONNECT; gives its port and where it was sent. */
async function startProxy({ isOpen = true } = {}) {
  const proxy = http.createServer((req, res) => res.writeHead(405).end());
  const targets = [];

  proxy.on('connect', (req, near, head) => {
    targets.push(req.url);
    near.on('error', () => {});
    if (!isOpen) {
      near.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const { hostname, port } = new URL(`http://${req.url}`);
    const far = net.connect(port, hostname, () => {
      near.write('HTTP/1.1 200 OK\r\n\r\n');
      far.write(head);
      near.pipe(far).on('error', () => {});
      far.pipe(near);
    });
  });
  await listen(proxy, 0, HOST);
  return { port: proxy.address().port, targets };
}

/* An agent that goes through a proxy, as the packages on npm do it. */
function proxyAgent(Agent, port) {
  const agent = new Agent();

  agent.createConnection = (options, cb) => {
    const path = `${options.host}:${options.port}`;
    const req = http.request({ host: HOST, port, method: 'CONNECT', path });

    req.on('error', cb);
    req.on('response', (res) => cb(new Error(`proxy: ${res.statusCode}`)));
    req.on('connect', (res, socket) => {
      if (res.statusCode !== 200) {
        socket.destroy();
        cb(new Error(`proxy: ${res.statusCode}`));
        return;
      }
      if (Agent === http.Agent) {
        cb(null, socket);
        return;
      }
      const secure = tls.connect({ ...options, path: undefined, socket });
      secure.once('secureConnect', () => cb(null, secure));
      secure.once('error', cb);
    });
    req.end();
  };
  return agent;
}

/* What comes back from an echo server, and how the client ends. */
async function echo(client) {
  const texts = ['one', 'x'.repeat(200000)];
  const seen = [];
  await nextEvent(client, 'open');
  client.on('message', (data) => seen.push(String(data)));
  for (const text of texts) client.send(text);
  client.close(1000);
  const closed = await nextEvent(client, 'close');

  assert.deepStrictEqual(seen, texts);
  assert.strictEqual(closed[0], 1000);
}

describe('[client] an agent', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  const tcp = new ClientTransport('tcp');
  const secure = new ClientTransport('tls');

  function startEcho(transport) {
    return transport.serve({}, (socket) => {
      socket.on('message', (data, isBinary) =>
        socket.send(data, { binary: isBinary })
      );
    });
  }

  it('may go through a proxy', async () => {
    const server = await startEcho(tcp);
    const proxy = await startProxy();
    const agent = proxyAgent(http.Agent, proxy.port);
    await echo(server.client([], { agent }));

    assert.deepStrictEqual(proxy.targets, [new URL(server.url('/')).host]);
  });

  it('may go through a proxy, TLS inside', async function () {
    if (!canMakeCertificate()) this.skip();
    const server = await startEcho(secure);
    const proxy = await startProxy();
    const agent = proxyAgent(https.Agent, proxy.port);
    await echo(server.client([], { agent }));

    assert.deepStrictEqual(proxy.targets, [new URL(server.url('/')).host]);
  });

  it('fails with what its proxy says', async () => {
    const proxy = await startProxy({ isOpen: false });
    const client = new WebSocket('ws://localhost', {
      agent: proxyAgent(http.Agent, proxy.port)
    });

    assert.deepStrictEqual(await eventsOf(client), [
      ['error', 'proxy: 407', 2],
      ['close', 1006, '', 3]
    ]);
  });

  it('that keeps connections may use one that was there before', async () => {
    const server = await startEcho(tcp);
    const agent = new http.Agent({ keepAlive: true });
    onRelease(() => agent.destroy());
    server.on('request', (req, res) => res.end('hello'));
    const { port } = new URL(server.url('/'));
    const res = await new Promise((resolve) => {
      http.get({ agent, host: HOST, port }, resolve);
    });
    const before = res.socket;
    res.resume();
    await nextEvent(agent, 'free');
    const client = server.client([], { agent });
    const opened = nextEvent(client, 'upgrade');
    const echoed = echo(client);
    const [upgrade] = await opened;

    assert.strictEqual(upgrade.socket, before);
    assert.deepStrictEqual(Object.keys(agent.freeSockets), []);
    assert.deepStrictEqual(Object.keys(agent.sockets), []);
    await echoed;
  });

  it('that limits connections does not count those that are open', async () => {
    const server = await startEcho(tcp);
    const agent = new http.Agent({ maxSockets: 1 });
    const clients = [];
    for (let i = 0; i < 3; i++) {
      const client = server.client([], { agent });
      clients.push(client);
      await nextEvent(client, 'open');
    }

    assert.deepStrictEqual(
      clients.map(({ readyState }) => readyState),
      [1, 1, 1]
    );
  });

  it('may be false: a connection of its own', async () => {
    const server = await startEcho(tcp);
    await echo(server.client([], { agent: false }));
  });

  it('must be one', () => {
    assert.throws(() => new WebSocket('ws://localhost', { agent: {} }), {
      code: 'ERR_INVALID_ARG_TYPE'
    });
  });
});
