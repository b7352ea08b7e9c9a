'use strict';

const assert = require('node:assert');

const { ClientTransport } = require('../support/client-transports');
const { canMakeCertificate } = require('../support/certificate');
const { headerOf } = require('../support/hostile-server');
const { WebSocket } = require('../support/implementation');
const { eventsOf } = require('../support/record');
const { onRelease, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, turns } = require('../support/wait');

const CREDENTIALS = {
  Authorization: 'Basic Zm9v',
  Cookie: 'a=b',
  Host: 'example.com',
  'X-Other': 'x'
};

function failure(message) {
  return [
    ['error', message, 2],
    ['close', 1006, '', 3]
  ];
}

/* Sends the next request of the server elsewhere; gives its head. */
async function redirect(server, location, status = '302 Found') {
  const peer = await server.requested();
  peer.write(
    `HTTP/1.1 ${status}\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`
  );
  return peer.request;
}

/* The headers of a request that a redirect may lose. */
function credentialsOf(request) {
  return ['Authorization', 'Cookie', 'Host', 'X-Other'].map((name) =>
    headerOf(request, name)
  );
}

describe('[client] a redirect', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  const tcp = new ClientTransport('tcp');
  const unix = new ClientTransport('unix');
  const tls = new ClientTransport('tls');

  function connect(server, options, target) {
    const client = server.client(
      [],
      { followRedirects: true, rejectUnauthorized: false, ...options },
      target
    );
    client.on('error', () => {});
    return client;
  }

  it('is not followed unless asked for', async () => {
    const server = await tcp.hostile();
    const client = server.client();
    const events = eventsOf(client);
    await redirect(server, '/next');

    assert.deepStrictEqual(
      await events,
      failure('Unexpected server response: 302')
    );
  });

  for (const status of [300, 301, 302, 303, 307, 308, 399]) {
    it(`of status ${status} is followed`, async () => {
      const server = await tcp.hostile();
      const client = connect(server, { headers: { 'X-A': 'b' } }, '/a/b');
      const opened = nextEvent(client, 'open');
      const first = await redirect(server, '../c?d', `${status} Moved`);
      const { request } = await server.upgraded();
      await opened;

      assert.match(request, /^GET \/c\?d HTTP\/1\.1\r\n/);
      assert.strictEqual(client.url, server.url('/c?d'));
      assert.strictEqual(headerOf(request, 'X-A'), 'b');
      assert.notStrictEqual(
        headerOf(first, 'Sec-WebSocket-Key'),
        headerOf(request, 'Sec-WebSocket-Key')
      );
    });
  }

  it('of another status is none, nor is one that leads nowhere', async () => {
    for (const [status, location] of [
      ['400 No', '/next'],
      ['200 OK', '/next'],
      ['302 Found', '']
    ]) {
      const server = await tcp.hostile();
      const client = connect(server);
      const events = eventsOf(client);
      await redirect(server, location, status);

      assert.deepStrictEqual(
        await events,
        failure(`Unexpected server response: ${status.slice(0, 3)}`)
      );
    }
  });

  it('asks for the same subprotocols and extensions', async () => {
    const server = await tcp.hostile();
    const client = server.client(['a', 'b'], { followRedirects: true });
    const opened = nextEvent(client, 'open');
    await redirect(server, '/next');
    const { request } = await server.upgraded({
      headers: { 'Sec-WebSocket-Protocol': 'b' }
    });
    await opened;

    assert.strictEqual(headerOf(request, 'Sec-WebSocket-Protocol'), 'a,b');
    assert.strictEqual(client.protocol, 'b');
  });

  it('may name an address of HTTP', async () => {
    const server = await tcp.hostile();
    const client = connect(server);
    const opened = nextEvent(client, 'open');
    const target = server.url('/next');
    await redirect(server, target.replace('ws:', 'http:'));
    await server.upgraded();
    await opened;

    assert.strictEqual(client.url, target);
  });

  it('is followed ten times, or as often as is allowed', async () => {
    for (const [maxRedirects, count] of [
      [undefined, 10],
      [2, 2],
      [0, 0]
    ]) {
      const server = await tcp.hostile();
      const options = maxRedirects === undefined ? {} : { maxRedirects };
      const client = connect(server, options);
      const events = eventsOf(client);
      for (let i = 0; i <= count; i++) await redirect(server, `/${i}`);

      assert.deepStrictEqual(
        await events,
        failure('Maximum redirects exceeded')
      );
    }
  });

  it('to an invalid address fails', async () => {
    const protocols =
      'The URL\'s protocol must be one of "ws:", "wss:", "http:", "https:", ' +
      'or "ws+unix:"';

    for (const [location, message] of [
      ['ws://', 'Invalid URL: ws://'],
      ['ws://a:99999', 'Invalid URL: ws://a:99999'],
      ['ftp://localhost', protocols],
      ['/#x', 'The URL contains a fragment identifier'],
      ['ws+unix:', "The URL's pathname is empty"]
    ]) {
      const server = await tcp.hostile();
      const client = connect(server);
      const events = eventsOf(client);
      await redirect(server, location);

      assert.deepStrictEqual(await events, failure(message));
    }
  });

  it('is told of by redirect, with its request still open to change', async () => {
    const server = await tcp.hostile();
    const client = connect(server);
    const opened = nextEvent(client, 'open');
    const seen = [];
    client.on('redirect', (url, req) => {
      seen.push(url, client.readyState, client.url, client._req === req);
      req.setHeader('X-Late', 'yes');
    });
    await redirect(server, '/next');
    const { request } = await server.upgraded();
    await opened;

    const url = server.url('/next');
    assert.deepStrictEqual(seen, [url, 0, url, true]);
    assert.strictEqual(headerOf(request, 'X-Late'), 'yes');
  });

  it('gives finishRequest each request', async () => {
    const server = await tcp.hostile();
    const paths = [];
    const client = connect(server, {
      finishRequest(req) {
        paths.push(req.path);
        req.end();
      }
    });
    const opened = nextEvent(client, 'open');
    await redirect(server, '/next');
    await server.upgraded();
    await opened;

    assert.deepStrictEqual(paths, ['/', '/next']);
  });

  it('may be broken off in its listener', async () => {
    const server = await tcp.hostile();
    const client = connect(server);
    const events = eventsOf(client);
    client.on('redirect', () => client.close());
    await redirect(server, '/next');

    assert.deepStrictEqual(
      await events,
      failure('WebSocket was closed before the connection was established')
    );
  });

  it('may be broken off with an error in its listener', async () => {
    const server = await tcp.hostile();
    const client = connect(server);
    const events = eventsOf(client);
    client.on('redirect', (url, req) => req.destroy(new Error('no')));
    await redirect(server, '/next');

    assert.deepStrictEqual(await events, failure('no'));
  });

  it('may time out', async () => {
    const server = await tcp.hostile();
    const client = connect(server, { handshakeTimeout: 100 });
    const events = eventsOf(client);
    await redirect(server, '/next');
    await server.requested();

    assert.deepStrictEqual(
      await events,
      failure('Opening handshake has timed out')
    );
  });

  it('gives up the connection it came on', async () => {
    const server = await tcp.hostile();
    const client = connect(server);
    const opened = nextEvent(client, 'open');
    const peer = await server.requested();
    peer.write(
      'HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 9\r\n\r\n'
    );
    await server.upgraded();
    await opened;
    await peer.ended();
  });

  describe('and credentials', () => {
    /* The request behind a redirect from one server to another. */
    async function second(from, to, options, { listen = false, target } = {}) {
      const client = connect(from, options, target);
      const opened = nextEvent(client, 'open');
      if (listen) client.on('redirect', () => {});
      await redirect(from, to.url('/next'));
      const { request } = await to.upgraded();
      await opened;
      return request;
    }

    it('keeps them on the same host', async () => {
      const server = await tcp.hostile();
      const request = await second(server, server, { headers: CREDENTIALS });

      assert.deepStrictEqual(
        credentialsOf(request),
        Object.values(CREDENTIALS)
      );
    });

    it('drops them, and Host, on another one', async () => {
      const [from, to] = [await tcp.hostile(), await tcp.hostile()];
      const request = await second(from, to, { headers: CREDENTIALS });

      assert.deepStrictEqual(credentialsOf(request), [
        undefined,
        undefined,
        new URL(to.url('/')).host,
        'x'
      ]);
    });

    it('keeps them where a listener takes care', async () => {
      const [from, to] = [await tcp.hostile(), await tcp.hostile()];
      const request = await second(
        from,
        to,
        { headers: CREDENTIALS },
        { listen: true }
      );

      assert.deepStrictEqual(
        credentialsOf(request),
        Object.values(CREDENTIALS)
      );
    });

    it('drops them on the way to or from a Unix socket', async () => {
      for (const [from, to, host] of [
        [await tcp.hostile(), await unix.hostile(), 'localhost'],
        [await unix.hostile(), await unix.hostile(), 'localhost']
      ]) {
        const request = await second(from, to, { headers: CREDENTIALS });

        assert.deepStrictEqual(credentialsOf(request), [
          undefined,
          undefined,
          host,
          'x'
        ]);
      }
    });

    it('keeps them on the same Unix socket', async () => {
      const server = await unix.hostile();
      const request = await second(server, server, { headers: CREDENTIALS });

      assert.deepStrictEqual(
        credentialsOf(request),
        Object.values(CREDENTIALS)
      );
    });

    it('drops them where TLS is left', async function () {
      if (!canMakeCertificate()) this.skip();
      const [from, to] = [await tls.hostile(), await tcp.hostile()];
      const request = await second(from, to, { headers: CREDENTIALS });

      assert.deepStrictEqual(credentialsOf(request).slice(0, 2), [
        undefined,
        undefined
      ]);
    });

    it('carries user and password of the first address on', async () => {
      const server = await tcp.hostile();
      const address = server.url('/').replace('//', '//u:p@');
      const client = new WebSocket(address, {
        followRedirects: true,
        perMessageDeflate: false
      });
      onRelease(() => client.terminate());
      const opened = nextEvent(client, 'open');
      const first = await redirect(server, '/next');
      const { request } = await server.upgraded();
      await opened;

      const expected = `Basic ${Buffer.from('u:p').toString('base64')}`;
      assert.strictEqual(headerOf(first, 'Authorization'), expected);
      assert.strictEqual(headerOf(request, 'Authorization'), expected);
    });

    it('prefers those of the first request to those of an address', async () => {
      const server = await tcp.hostile();
      const client = connect(server, { auth: 'first:one' });
      const opened = nextEvent(client, 'open');
      await redirect(server, server.url('/').replace('//', '//second:one@'));
      const { request } = await server.upgraded();
      await opened;

      assert.strictEqual(
        headerOf(request, 'Authorization'),
        `Basic ${Buffer.from('first:one').toString('base64')}`
      );
    });

    it('does not use those of an address elsewhere', async () => {
      const [from, to] = [await tcp.hostile(), await tcp.hostile()];
      const client = connect(from);
      const opened = nextEvent(client, 'open');
      await redirect(from, to.url('/').replace('//', '//u:p@'));
      const { request } = await to.upgraded();
      await opened;

      assert.strictEqual(headerOf(request, 'Authorization'), undefined);
    });

    it('takes them again on the way back', async () => {
      const [from, to] = [await tcp.hostile(), await tcp.hostile()];
      const client = connect(from, { headers: CREDENTIALS });
      const opened = nextEvent(client, 'open');
      await redirect(from, to.url('/'));
      await redirect(to, from.url('/'));
      const { request } = await from.upgraded();
      await opened;
      await turns(2);

      assert.deepStrictEqual(
        credentialsOf(request),
        Object.values(CREDENTIALS)
      );
    });
  });
});
