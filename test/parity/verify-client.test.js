'use strict';

const assert = require('node:assert');
const http = require('node:http');

const frames = require('../support/frames');
const { upgradeRequest } = require('../support/raw-client');
const { forEachTransport } = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  called,
  nextEvent,
  turns,
  until
} = require('../support/wait');

function reply(status, body, ...headers) {
  return [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: text/html',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    '',
    body
  ].join('\r\n');
}

const UNAUTHORIZED = reply('401 Unauthorized', 'Unauthorized');

/* What an asynchronous verifyClient calls back with, and the reply. */
const refusals = [
  [[false], UNAUTHORIZED],
  [[], UNAUTHORIZED],
  [[0], UNAUTHORIZED],
  [[false, 404], reply('404 Not Found', 'Not Found')],
  [[false, 403, 'No entry'], reply('403 Forbidden', 'No entry')],
  [[false, 403, 'caf\u00e9'], reply('403 Forbidden', 'caf\u00e9')],
  [
    [false, 429, '', { 'Retry-After': 120, 'X-Why': 'much' }],
    reply(
      '429 Too Many Requests',
      'Too Many Requests',
      'Retry-After: 120',
      'X-Why: much'
    )
  ],
  [
    [false, 401, 'x', { 'Content-Type': 'text/plain' }],
    reply('401 Unauthorized', 'x').replace('text/html', 'text/plain')
  ]
];

describe('[server-surface] verifyClient', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('is told the origin, the request and whether it is secure', async () => {
      let seen;
      const endpoint = await transport.listen({
        verifyClient: (info) => {
          seen = info;
          return true;
        }
      });
      const { req } = await endpoint.accepted({
        headers: { Origin: 'http://a.test', 'Sec-WebSocket-Origin': 'no' }
      });

      assert.deepStrictEqual(Object.keys(seen), ['origin', 'secure', 'req']);
      assert.strictEqual(seen.origin, 'http://a.test');
      assert.strictEqual(seen.secure, transport.isSecure);
      assert.strictEqual(seen.req, req);
      assert.ok(seen.req instanceof http.IncomingMessage);
    });

    it('is told the origin of version 8', async () => {
      const origins = [];
      const endpoint = await transport.listen({
        verifyClient: ({ origin }) => origins.push(origin)
      });
      const headers = { Origin: 'a', 'Sec-WebSocket-Version': '8' };
      await endpoint.accepted({ headers });
      await endpoint.accepted({
        headers: { ...headers, 'Sec-WebSocket-Origin': 'b' }
      });

      assert.deepStrictEqual(origins, [undefined, 'b']);
    });

    it('refuses with any falsy value', async () => {
      for (const value of [false, 0, '', null, undefined]) {
        const endpoint = await transport.listen({ verifyClient: () => value });
        endpoint.wss.on('wsClientError', () => assert.fail('wsClientError'));
        const peer = await endpoint.raw();
        peer.write(upgradeRequest());

        assert.strictEqual(String(await peer.readToEnd()), UNAUTHORIZED);
      }
    });

    it('is asked after the other checks', async () => {
      const endpoint = await transport.listen({
        path: '/here',
        verifyClient: () => assert.fail('asked')
      });
      for (const request of [
        { method: 'POST' },
        { path: '/there' },
        { path: '/here', headers: { 'Sec-WebSocket-Protocol': ',' } },
        { path: '/here', headers: { 'Sec-WebSocket-Key': 'x' } }
      ]) {
        const peer = await endpoint.raw();
        assert.match(await peer.upgrade(request), /^HTTP\/1\.1 40[05] /);
      }
    });

    for (const [args, expected] of refusals) {
      it(`refuses by callback with ${JSON.stringify(args)}`, async () => {
        const endpoint = await transport.listen({
          verifyClient: (info, done) => setImmediate(() => done(...args))
        });
        const peer = await endpoint.raw();
        peer.write(upgradeRequest());

        assert.strictEqual(String(await peer.readToEnd()), expected);
      });
    }

    it('accepts by callback, at once or later', async () => {
      for (const defer of [(fn) => fn(), setImmediate, process.nextTick]) {
        const endpoint = await transport.listen({
          verifyClient: (info, done) => defer(() => done(true))
        });
        const { ws, peer } = await endpoint.accepted();
        ws.send('in');

        assert.strictEqual((await peer.nextFrame()).payload.toString(), 'in');
      }
    });

    it('does not look at what one of two parameters returns', async () => {
      const endpoint = await transport.listen({
        verifyClient: (info, done) => {
          setImmediate(done, true);
          return false;
        }
      });

      await endpoint.accepted();
    });

    it('loses no frame that came while it thought', async () => {
      let answer;
      const endpoint = await transport.listen({
        verifyClient: (info, done) => {
          answer = done;
        }
      });
      const got = [];
      endpoint.wss.on('connection', (ws) => {
        ws.on('message', (data) => got.push(String(data)));
      });
      const peer = await endpoint.raw();
      const head = peer.readHead();
      peer.write(upgradeRequest(), frames.text('with the request'));
      await until(() => answer, 'the question');
      for (let i = 0; i < 5; i++) {
        await peer.writePieces([frames.text(`early ${i}`)]);
      }
      answer(true);
      assert.match(await head, / 101 /);
      peer.write(frames.text('late'), frames.ping());
      await peer.nextFrame();

      assert.deepStrictEqual(got, [
        'with the request',
        ...[0, 1, 2, 3, 4].map((i) => `early ${i}`),
        'late'
      ]);
    });

    it('lives with a client that left meanwhile', async () => {
      let answer;
      const endpoint = await transport.listen({
        verifyClient: (info, done) => {
          answer = done;
        }
      });
      endpoint.wss.on('connection', (ws) => ws.on('error', () => {}));
      const peer = await endpoint.raw();
      peer.write(upgradeRequest());
      await until(() => answer, 'the question');
      peer.destroy();
      await turns(20);
      answer(true);
      answer = null;

      const second = await endpoint.raw();
      const head = second.upgrade();
      await until(() => answer, 'the second question');
      answer(true);
      assert.match(await head, / 101 /);
    });

    it('drops a client that sent FIN meanwhile', async () => {
      let answer;
      let socket;
      const endpoint = await transport.listen({
        verifyClient: ({ req }, done) => {
          socket = req.socket;
          answer = done;
        }
      });
      endpoint.wss.on('connection', () => assert.fail('connected'));
      const peer = await endpoint.raw();
      peer.write(upgradeRequest());
      await until(() => answer, 'the question');
      socket.resume();
      peer.end();
      await until(() => !socket.readable, 'the FIN');
      answer(true);

      assert.strictEqual(await peer.readHead(), '');
    });

    it('is answered 503 if the server closed meanwhile', async () => {
      let answer;
      const endpoint = await transport.listen({
        verifyClient: (info, done) => {
          answer = done;
        }
      });
      endpoint.wss.on('connection', () => assert.fail('connected'));
      const peer = await endpoint.raw();
      peer.write(upgradeRequest());
      await until(() => answer, 'the question');
      const closed = called((done) => endpoint.wss.close(done));
      answer(true);

      assert.strictEqual(
        String(await peer.readToEnd()),
        reply('503 Service Unavailable', 'Service Unavailable')
      );
      peer.end();
      await closed;
    });

    it('refuses a second answer for the same socket', async () => {
      let answer;
      const endpoint = await transport.listen({
        verifyClient: (info, done) => {
          answer = done;
          done(true);
        }
      });
      const { ws, peer } = await endpoint.accepted();

      assert.throws(() => answer(true), {
        name: 'Error',
        message:
          'server.handleUpgrade() was called more than once with the same ' +
          'socket, possibly due to a misconfiguration'
      });
      ws.send('fine');
      assert.strictEqual((await peer.nextFrame()).payload.toString(), 'fine');
    });

    it('is told of the request that the connection has', async () => {
      const endpoint = await transport.listen({
        verifyClient: ({ req }, done) => {
          req.user = 'someone';
          setImmediate(done, true);
        }
      });
      const connection = nextEvent(endpoint.wss, 'connection');
      await endpoint.upgraded();

      assert.strictEqual((await connection)[1].user, 'someone');
    });
  });
});
