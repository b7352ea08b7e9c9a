'use strict';

const assert = require('node:assert');
const http = require('node:http');
const { Duplex } = require('node:stream');

const { upgradeRequest } = require('../support/raw-client');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const told = [
  [{ method: 'POST' }, 'Invalid HTTP method'],
  [{ headers: { Upgrade: 'h2c' } }, 'Invalid Upgrade header'],
  [
    { headers: { 'Sec-WebSocket-Key': 'x' } },
    'Missing or invalid Sec-WebSocket-Key header'
  ],
  [
    { headers: { 'Sec-WebSocket-Version': '1' } },
    'Missing or invalid Sec-WebSocket-Version header'
  ],
  [
    { headers: { 'Sec-WebSocket-Protocol': ',' } },
    'Invalid Sec-WebSocket-Protocol header'
  ]
];

describe('[server-surface] wsClientError', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    for (const [request, message] of told) {
      it(`is told: ${message}`, async () => {
        const endpoint = await transport.listen();
        const seen = [];
        endpoint.wss.on('wsClientError', (...args) => {
          seen.push(args);
          args[1].end('HTTP/1.1 418 Own\r\nConnection: close\r\n\r\nown');
        });
        const peer = await endpoint.raw();
        peer.write(upgradeRequest(request));
        const answer = String(await peer.readToEnd());
        peer.end();

        assert.strictEqual(
          answer,
          'HTTP/1.1 418 Own\r\nConnection: close\r\n\r\nown'
        );
        assert.strictEqual(seen.length, 1);
        const [err, socket, req] = seen[0];
        assert.ok(err instanceof Error);
        assert.strictEqual(err.message, message);
        assert.ok(socket instanceof Duplex);
        assert.ok(req instanceof http.IncomingMessage);
        assert.strictEqual(req.socket, socket);
      });
    }

    it('may destroy the socket', async () => {
      const endpoint = await transport.listen();
      endpoint.wss.on('wsClientError', (err, socket) => socket.destroy());
      const peer = await endpoint.raw();
      peer.write(upgradeRequest({ method: 'POST' }));

      assert.strictEqual(String(await peer.readToEnd()), '');
    });

    it('is not told of a path that is not served', async () => {
      const endpoint = await transport.listen({ path: '/here' });
      endpoint.wss.on('wsClientError', () => assert.fail('told'));
      const peer = await endpoint.raw();

      assert.match(await peer.upgrade({ path: '/there' }), / 400 Bad Request/);
    });

    it('is no longer told once its listener is gone', async () => {
      const endpoint = await transport.listen();
      const listener = () => assert.fail('told');
      endpoint.wss.on('wsClientError', listener);
      endpoint.wss.removeListener('wsClientError', listener);
      const peer = await endpoint.raw();

      assert.match(await peer.upgrade({ method: 'POST' }), / 405 /);
    });
  });
});
