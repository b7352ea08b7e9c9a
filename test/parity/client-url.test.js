'use strict';

const assert = require('node:assert');
const http = require('node:http');

const {
  forEachClientTransport,
  listen
} = require('../support/client-transports');
const { headerOf } = require('../support/hostile-server');
const { WebSocket } = require('../support/implementation');
const { HOST, onRelease, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

const PROTOCOL =
  'The URL\'s protocol must be one of "ws:", "wss:", "http:", "https:", or ' +
  '"ws+unix:"';

/* [address, message]: what must be thrown, as a SyntaxError. */
const INVALID = [
  ['foo', 'Invalid URL: foo'],
  ['', 'Invalid URL: '],
  [undefined, 'Invalid URL: undefined'],
  [42, 'Invalid URL: 42'],
  ['ws://', 'Invalid URL: ws://'],
  ['ws://a:99999', 'Invalid URL: ws://a:99999'],
  ['ftp://localhost', PROTOCOL],
  ['unix:/tmp/x', PROTOCOL],
  [new URL('file:///tmp/x'), PROTOCOL],
  ['ws+unix:', "The URL's pathname is empty"],
  ['ws://localhost#x', 'The URL contains a fragment identifier'],
  ['http://localhost/?a#x', 'The URL contains a fragment identifier'],
  ['ws+unix:/tmp/x#y', 'The URL contains a fragment identifier']
];

/* A server of node:http that refuses each upgrade; gives the requests. */
async function startRefusing(...where) {
  const server = http.createServer();
  const requests = [];
  server.on('upgrade', (req, socket) => {
    requests.push(req);
    socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
  });
  await listen(server, ...where);
  return { server, requests, port: server.address().port };
}

/* The request of a client, which is refused. */
async function requestOf(requests, ...args) {
  const client = new WebSocket(...args);
  client.on('error', () => {});
  await nextEvent(client, 'close');
  return { client, req: requests.at(-1) };
}

describe('[client] the address', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  for (const [address, message] of INVALID) {
    it(`may not be ${JSON.stringify(address)}`, () => {
      assert.throws(() => new WebSocket(address), {
        name: 'SyntaxError',
        message
      });
    });
  }

  it('may not be left out', () => {
    assert.throws(() => new WebSocket(), { name: 'SyntaxError' });
  });

  it('may be a string or a URL, of HTTP too, which is not changed', async () => {
    const { requests, port } = await startRefusing(0, HOST);
    for (const scheme of ['ws', 'http']) {
      const text = `${scheme}://${HOST}:${port}/a/b?c=d`;
      const url = new URL(text);

      for (const address of [text, url]) {
        const { client, req } = await requestOf(requests, address);
        assert.strictEqual(req.url, '/a/b?c=d');
        assert.strictEqual(client.url, `ws://${HOST}:${port}/a/b?c=d`);
      }
      assert.strictEqual(url.href, text);
    }
  });

  it('is normalized in url, and may be anything with a string', async () => {
    const { requests, port } = await startRefusing(0, HOST);
    const address = { toString: () => `WS://${HOST}:${port}/ü/../ä b` };
    const { client, req } = await requestOf(requests, address);

    assert.strictEqual(client.url, `ws://${HOST}:${port}/%C3%A4%20b`);
    assert.strictEqual(req.url, '/%C3%A4%20b');
  });

  it('is told in url at once, with the port unless it is the default', () => {
    for (const [address, url] of [
      ['ws://localhost', 'ws://localhost/'],
      ['http://localhost:80', 'ws://localhost/'],
      ['https://localhost:443/x', 'wss://localhost/x'],
      ['wss://u:p@[::1]:8/x?', 'wss://u:p@[::1]:8/x?']
    ]) {
      const client = new WebSocket(address, { lookup: () => {} });
      client.on('error', () => {});
      client.terminate();
      assert.strictEqual(client.url, url);
    }
  });

  it('may be of IPv6', async function () {
    let refusing;
    try {
      refusing = await startRefusing(0, '::1');
    } catch {
      this.skip();
    }
    const { requests, port } = refusing;
    const { req } = await requestOf(requests, `ws://[::1]:${port}/six`);

    assert.strictEqual(req.url, '/six');
    assert.strictEqual(req.headers.host, `[::1]:${port}`);
  });

  it('alone tells where the request goes, not the options', async () => {
    const { requests, port } = await startRefusing(0, HOST);
    const { req } = await requestOf(requests, `ws://${HOST}:${port}/right`, {
      host: 'wrong.invalid',
      hostname: 'wrong.invalid',
      method: 'POST',
      path: '/wrong',
      port: 1,
      protocol: 'wrong:',
      socketPath: '/wrong',
      timeout: 1
    });

    assert.strictEqual(req.method, 'GET');
    assert.strictEqual(req.url, '/right');
    assert.strictEqual(req.headers.host, `${HOST}:${port}`);
  });

  it('may hold user and password, which are decoded', async () => {
    const { requests, port } = await startRefusing(0, HOST);
    for (const [userInfo, plain] of [
      ['user:pass', 'user:pass'],
      ['user', 'user:'],
      [':pass', ':pass'],
      ['us%3Aer:p%40%C3%A4%2520', 'us:er:p@ä%20'],
      ['100%:x', '100%:x']
    ]) {
      const address = `ws://${userInfo}@${HOST}:${port}`;
      const { req } = await requestOf(requests, address, { auth: 'not:this' });
      const expected = Buffer.from(plain).toString('base64');

      assert.strictEqual(req.headers.authorization, `Basic ${expected}`);
    }
  });

  it('has less weight than a header of the application', async () => {
    const { requests, port } = await startRefusing(0, HOST);
    const { req } = await requestOf(requests, `ws://u:p@${HOST}:${port}`, {
      headers: { Authorization: 'Bearer x' }
    });

    assert.strictEqual(req.headers.authorization, 'Bearer x');
  });
});

describe('[client] the address of a Unix socket', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport(
    (transport) => {
      it('is followed by the path and the query', async () => {
        const server = await transport.hostile();
        const client = server.client([], {}, '/a/b:c?d=:e');
        client.on('error', () => {});
        const { request } = await server.requested();

        assert.match(request, /^GET \/a\/b:c\?d=:e HTTP\/1\.1\r\n/);
        assert.strictEqual(headerOf(request, 'Host'), 'localhost');
        assert.strictEqual(client.url, server.url('/a/b:c?d=:e'));
      });

      it('may lack the path', async () => {
        const server = await transport.hostile();
        const address = server.url('').slice(0, -1);
        const client = new WebSocket(address);
        client.on('error', () => {});
        onRelease(() => client.terminate());
        const { request } = await server.requested();

        assert.match(request, /^GET \/ HTTP\/1\.1\r\n/);
      });
    },
    ['unix']
  );
});
