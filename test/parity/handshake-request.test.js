'use strict';

const assert = require('node:assert');
const http = require('node:http');

const frames = require('../support/frames');
const { ACCEPT, KEY, upgradeRequest } = require('../support/raw-client');
const {
  HOST,
  TCP,
  forEachTransport,
  releaseAll,
  transports
} = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

const REQUEST = {
  path: '/a/b?c=d&e=%20f',
  headers: {
    Cookie: ['a=1', 'b=2'],
    'X-Twice': ['one', 'two'],
    'X-Empty': '',
    'User-Agent': ['first', 'second']
  }
};

/* The last header wins or the values are joined, as node:http has it. */
const HEADERS = {
  host: 'localhost',
  upgrade: 'websocket',
  connection: 'Upgrade',
  'sec-websocket-key': KEY,
  'sec-websocket-version': '13',
  cookie: 'a=1; b=2',
  'x-twice': 'one, two',
  'x-empty': '',
  'user-agent': 'first'
};

const RAW_HEADERS = [
  ...['Host', 'localhost', 'Upgrade', 'websocket', 'Connection', 'Upgrade'],
  ...['Sec-WebSocket-Key', KEY, 'Sec-WebSocket-Version', '13'],
  ...['Cookie', 'a=1', 'Cookie', 'b=2', 'X-Twice', 'one', 'X-Twice', 'two'],
  ...['X-Empty', '', 'User-Agent', 'first', 'User-Agent', 'second']
];

describe('the request of a connection', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('is an IncomingMessage with method, url and version', async () => {
      const endpoint = await transport.listen();
      const { req } = await endpoint.accepted(REQUEST);

      assert.ok(req instanceof http.IncomingMessage);
      assert.strictEqual(req.method, 'GET');
      assert.strictEqual(req.url, '/a/b?c=d&e=%20f');
      assert.strictEqual(req.httpVersion, '1.1');
      assert.strictEqual(req.httpVersionMajor, 1);
      assert.strictEqual(req.httpVersionMinor, 1);
      assert.strictEqual(req.statusCode, null);
    });

    it('has the headers in each of their forms', async () => {
      const endpoint = await transport.listen();
      const { req } = await endpoint.accepted(REQUEST);

      assert.deepStrictEqual({ ...req.headers }, HEADERS);
      assert.deepStrictEqual(req.rawHeaders, RAW_HEADERS);
      assert.deepStrictEqual(
        { ...req.headersDistinct },
        {
          ...Object.fromEntries(
            Object.entries(HEADERS).map(([name, value]) => [name, [value]])
          ),
          cookie: ['a=1', 'b=2'],
          'x-twice': ['one', 'two'],
          'user-agent': ['first', 'second']
        }
      );
      assert.deepStrictEqual(req.rawTrailers, []);
    });

    it('keeps header bytes above 127 as latin1', async () => {
      const endpoint = await transport.listen();
      const connection = nextEvent(endpoint.wss, 'connection');
      const peer = await endpoint.raw();
      const request = upgradeRequest({ headers: { 'X-Name': 'caf\u00e9' } });
      peer.write(Buffer.from(request, 'latin1'));
      const [, req] = await connection;

      assert.strictEqual(req.headers['x-name'], 'caf\u00e9');
    });

    it('trims the white space around header values', async () => {
      const endpoint = await transport.listen();
      const { req } = await endpoint.accepted({
        headers: { 'X-Padded': ' \t a  b \t ' }
      });

      assert.strictEqual(req.headers['x-padded'], 'a  b');
    });

    it('parses as the URL of the lessons', async () => {
      const endpoint = await transport.listen();
      const { req } = await endpoint.accepted({ path: '/room?token=abc' });
      const url = new URL(req.url, `http://${req.headers.host}`);

      assert.strictEqual(url.pathname, '/room');
      assert.strictEqual(url.searchParams.get('token'), 'abc');
    });

    it('is the one that the headers event has', async () => {
      const endpoint = await transport.listen();
      let seen;
      endpoint.wss.on('headers', (lines, req) => {
        seen = req;
      });
      const { req } = await endpoint.accepted();

      assert.strictEqual(seen, req);
    });

    it('still has its headers after the connection closed', async () => {
      const endpoint = await transport.listen();
      const { ws, req, peer } = await endpoint.accepted(REQUEST);
      peer.destroy();
      await nextEvent(ws, 'close');

      assert.strictEqual(req.headers['x-twice'], 'one, two');
      assert.strictEqual(req.url, REQUEST.path);
    });

    it('lets the headers event change what is sent', async () => {
      const endpoint = await transport.listen();
      endpoint.wss.on('headers', (lines) => {
        assert.deepStrictEqual(lines, [
          'HTTP/1.1 101 Switching Protocols',
          'Upgrade: websocket',
          'Connection: Upgrade',
          `Sec-WebSocket-Accept: ${ACCEPT}`,
          'Sec-WebSocket-Protocol: chat'
        ]);
        lines[0] = 'HTTP/1.1 101 Why not';
        lines.push('Set-Cookie: a=1', 'X-Served-By: us');
      });
      const peer = await endpoint.raw();
      const head = await peer.upgrade({
        headers: { 'Sec-WebSocket-Protocol': 'chat' }
      });

      assert.strictEqual(
        head,
        [
          'HTTP/1.1 101 Why not',
          'Upgrade: websocket',
          'Connection: Upgrade',
          `Sec-WebSocket-Accept: ${ACCEPT}`,
          'Sec-WebSocket-Protocol: chat',
          'Set-Cookie: a=1',
          'X-Served-By: us',
          '',
          ''
        ].join('\r\n')
      );
    });

    it('emits headers before connection, once', async () => {
      const log = [];
      const endpoint = await transport.listen();
      endpoint.wss.on('headers', () => log.push('headers'));
      endpoint.wss.on('connection', () => log.push('connection'));
      await endpoint.accepted();

      assert.deepStrictEqual(log, ['headers', 'connection']);
    });
  });

  forEachTransport((transport) => {
    it('has a socket with the addresses of both sides', async () => {
      const endpoint = await transport.listen();
      const { req, peer } = await endpoint.accepted();

      assert.strictEqual(req.socket, req.connection);
      assert.strictEqual(req.socket.remoteAddress, HOST);
      assert.strictEqual(req.socket.remotePort, peer.socket.localPort);
      assert.strictEqual(req.socket.remoteFamily, 'IPv4');
      assert.strictEqual(req.socket.localAddress, HOST);
      assert.strictEqual(req.socket.localPort, endpoint.port);
      assert.strictEqual(req.socket.encrypted, undefined);
    });
  }, TCP);
});

describe('requests that are no upgrade, on a server of its own', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  const DATE = /\r\nDate: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT/;
  const KEEP = ['Connection: keep-alive', 'Keep-Alive: timeout=5'];

  /* The reply to a request that is no upgrade, less its date. */
  async function reply(request) {
    const endpoint = await transports.port.listen();
    const peer = await endpoint.raw();
    peer.write(request);
    const head = await peer.readHead();
    assert.match(head, DATE);
    return { head: head.replace(DATE, ''), peer, endpoint };
  }

  function upgradeRequired(...connection) {
    return [
      'HTTP/1.1 426 Upgrade Required',
      'Content-Length: 16',
      'Content-Type: text/plain',
      ...connection,
      '',
      ''
    ].join('\r\n');
  }

  it('answers 426 and keeps the connection', async () => {
    const { head, peer } = await reply('GET / HTTP/1.1\r\nHost: x\r\n\r\n');

    assert.strictEqual(head, upgradeRequired(...KEEP));
    assert.strictEqual(String(await peer.readBytes(16)), 'Upgrade Required');
  });

  it('answers 426 and closes where the client asks so', async () => {
    const { head, peer } = await reply(
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    );

    assert.strictEqual(head, upgradeRequired('Connection: close'));
    assert.strictEqual(String(await peer.readToEnd()), 'Upgrade Required');
  });

  it('answers 426 to HTTP/1.0 and closes', async () => {
    const { head, peer } = await reply('GET / HTTP/1.0\r\n\r\n');

    assert.strictEqual(head, upgradeRequired('Connection: close'));
    assert.strictEqual(String(await peer.readToEnd()), 'Upgrade Required');
  });

  it('answers HEAD without a body', async () => {
    const { head, peer } = await reply(
      'HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    );

    assert.strictEqual(head, upgradeRequired('Connection: close'));
    assert.strictEqual(String(await peer.readToEnd()), '');
  });

  it('answers a request with a body', async () => {
    const { head, peer } = await reply(
      'POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
        'Content-Length: 4\r\n\r\nbody'
    );

    assert.strictEqual(head, upgradeRequired('Connection: close'));
    assert.strictEqual(String(await peer.readToEnd()), 'Upgrade Required');
  });

  it('answers an Upgrade header without Connection: Upgrade', async () => {
    for (const connection of [undefined, 'keep-alive']) {
      const { head } = await reply(
        upgradeRequest({ headers: { Connection: connection } })
      );

      assert.strictEqual(head, upgradeRequired(...KEEP), connection);
    }
  });

  it('upgrades on a connection that had a 426 before', async () => {
    const { peer, endpoint } = await reply('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await peer.readBytes(16);
    const connection = nextEvent(endpoint.wss, 'connection');
    assert.match(await peer.upgrade(), /^HTTP\/1\.1 101 /);
    const [ws] = await connection;
    ws.on('message', (data) => ws.send(data));
    peer.write(frames.text('echo'));

    assert.strictEqual((await peer.nextFrame()).payload.toString(), 'echo');
  });

  it('reads each byte behind such a request once', async () => {
    const endpoint = await transports.port.listen();
    const urls = [];
    endpoint.wss.on('connection', (ws) => {
      ws.on('message', (data) => ws.send(data));
    });
    endpoint.wss._server.on('request', (req) => urls.push(req.url));
    const peer = await endpoint.raw();
    peer.write(
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      upgradeRequest(),
      frames.text('early')
    );
    for (const status of [426, 101]) {
      assert.match(await peer.readHead(), new RegExp(`^HTTP/1.1 ${status} `));
      if (status === 426) await peer.readBytes(16);
    }

    peer.write(frames.text('late'));
    const payloads = (await peer.nextFrames(2)).map(({ payload }) => payload);

    assert.deepStrictEqual(payloads.map(String), ['early', 'late']);
    assert.deepStrictEqual(urls, ['/']);
  });

  it('answers 400 to what is no HTTP', async () => {
    const endpoint = await transports.port.listen();
    const peer = await endpoint.raw();
    peer.write('nonsense\r\n\r\n');

    assert.strictEqual(
      String(await peer.readToEnd()),
      'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'
    );
  });

  it('answers 400 to a request without Host', async () => {
    const endpoint = await transports.port.listen();
    const peer = await endpoint.raw();
    peer.write('GET / HTTP/1.1\r\n\r\n');

    assert.strictEqual(
      (await peer.readHead()).replace(DATE, ''),
      'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n' +
        'Transfer-Encoding: chunked\r\n\r\n'
    );
  });

  it('answers 431 to headers that are too long', async () => {
    const endpoint = await transports.port.listen();
    const peer = await endpoint.raw();
    peer.write(upgradeRequest({ headers: { 'X-Long': 'x'.repeat(20000) } }));

    assert.strictEqual(
      String(await peer.readToEnd()),
      'HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n'
    );
  });
});
