'use strict';

const assert = require('node:assert');
const http = require('node:http');
const net = require('node:net');

const {
  ClientTransport,
  forEachClientTransport
} = require('../support/client-transports');
const frames = require('../support/frames');
const { upgradeResponse } = require('../support/hostile-server');
const { WebSocket } = require('../support/implementation');
const { eventsOf } = require('../support/record');
const { HOST, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, turns } = require('../support/wait');

const EVENTS = ['open', 'message', 'upgrade', 'error', 'close'];

/* What must be told when the handshake fails so. */
function failure(message) {
  return [
    ['error', message, 2],
    ['close', 1006, '', 3]
  ];
}

const plain = (text) => frames.text(text, { mask: false });

describe('[client] the response', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport((transport) => {
    /* What comes of what the server makes of the request. */
    async function outcome(respond, names = EVENTS, options = {}) {
      const server = await transport.hostile();
      const client = server.client([], options);
      const events = eventsOf(client, names);
      const peer = await server.requested();
      peer.write(...[respond(peer.request)].flat());
      return { client, peer, events };
    }

    /* What comes of an upgrade with other headers. */
    async function upgraded(headers, status) {
      const { events, peer } = await outcome((request) =>
        upgradeResponse(request, { headers, status })
      );
      peer.end();
      return events;
    }

    it('that agrees opens, after telling of the upgrade', async () => {
      assert.deepStrictEqual(await upgraded({}), [
        ['upgrade', 0],
        ['open', 1],
        ['close', 1006, '', 3]
      ]);
    });

    it('may spell its headers in any case, and call itself what it likes', async () => {
      assert.deepStrictEqual(
        await upgraded(
          { Upgrade: 'WebSocket', Connection: 'keep-alive, upGRADE' },
          '101 Sure'
        ),
        [
          ['upgrade', 0],
          ['open', 1],
          ['close', 1006, '', 3]
        ]
      );
    });

    for (const Upgrade of ['nothing', 'websocket, h2c', ['websocket', 'a']]) {
      it(`fails with Upgrade ${JSON.stringify(Upgrade)}`, async () => {
        assert.deepStrictEqual(await upgraded({ Upgrade }), [
          ['upgrade', 0],
          ...failure('Invalid Upgrade header')
        ]);
      });
    }

    for (const accept of [undefined, '', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=']) {
      it(`fails with Sec-WebSocket-Accept ${JSON.stringify(accept)}`, async () => {
        assert.deepStrictEqual(
          await upgraded({ 'Sec-WebSocket-Accept': accept }),
          [['upgrade', 0], ...failure('Invalid Sec-WebSocket-Accept header')]
        );
      });
    }

    it('fails with a key that is accepted twice', async () => {
      const { events } = await outcome((request) => {
        const once = upgradeResponse(request);
        const accept = /Sec-WebSocket-Accept: .*\r\n/.exec(once)[0];
        return once.replace(accept, accept + accept);
      });

      assert.deepStrictEqual(await events, [
        ['upgrade', 0],
        ...failure('Invalid Sec-WebSocket-Accept header')
      ]);
    });

    for (const extensions of ['permessage-deflate', 'x', '', '"']) {
      it(`fails with the extension ${JSON.stringify(extensions)} not asked for`, async () => {
        assert.deepStrictEqual(
          await upgraded({ 'Sec-WebSocket-Extensions': extensions }),
          [
            ['upgrade', 0],
            ...failure(
              'Server sent a Sec-WebSocket-Extensions header but no extension was requested'
            )
          ]
        );
      });
    }

    it('ends the connection where it fails', async () => {
      const { events, peer } = await outcome((request) =>
        upgradeResponse(request, { headers: { Upgrade: 'x' } })
      );
      await events;
      assert.strictEqual((await peer.readToEnd()).length, 0);
    });

    for (const status of [
      '200 OK',
      '400 Bad Request',
      '500 Oops',
      '302 Found'
    ]) {
      it(`of ${status} fails`, async () => {
        const { events } = await outcome(
          () => `HTTP/1.1 ${status}\r\nContent-Length: 0\r\nLocation: /\r\n\r\n`
        );
        assert.deepStrictEqual(
          await events,
          failure(`Unexpected server response: ${status.slice(0, 3)}`)
        );
      });
    }

    it('of 101 that upgrades to nothing fails', async () => {
      const { events, peer } = await outcome(
        () => 'HTTP/1.1 101 Switching Protocols\r\n\r\n'
      );
      peer.end();
      assert.deepStrictEqual(
        await events,
        failure('Unexpected server response: 101')
      );
    });

    it('may come after others that are only informational', async () => {
      const { events, peer } = await outcome((request) => [
        'HTTP/1.1 100 Continue\r\n\r\n',
        'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n',
        upgradeResponse(request)
      ]);
      peer.end();
      assert.deepStrictEqual(await events, [
        ['upgrade', 0],
        ['open', 1],
        ['close', 1006, '', 3]
      ]);
    });

    it('may be followed by frames in the same write', async () => {
      const { events, peer } = await outcome((request) => [
        upgradeResponse(request),
        plain('one'),
        plain('two'),
        frames.close(1000, 'done', { mask: false })
      ]);
      peer.end();

      assert.deepStrictEqual(await events, [
        ['upgrade', 0],
        ['open', 1],
        ['message', 'one', 1],
        ['message', 'two', 1],
        ['close', 1000, 'done', 3]
      ]);
    });

    it('may be followed by much of a long message', async () => {
      const text = 'x'.repeat(300000);
      const { events, peer } = await outcome((request) => [
        upgradeResponse(request),
        plain(text),
        plain('behind'),
        frames.close(1000, '', { mask: false })
      ]);
      peer.end();

      assert.deepStrictEqual(await events, [
        ['upgrade', 0],
        ['open', 1],
        ['message', text, 1],
        ['message', 'behind', 1],
        ['close', 1000, '', 3]
      ]);
    });

    it('may be followed by half a frame', async () => {
      const whole = plain('halves');
      const { client, peer } = await outcome((request) => [
        upgradeResponse(request),
        whole.subarray(0, 4)
      ]);
      await nextEvent(client, 'open');
      const message = nextEvent(client, 'message');
      peer.write(whole.subarray(4));
      assert.strictEqual(String((await message)[0]), 'halves');
    });

    it('may come byte by byte', async () => {
      const server = await transport.hostile();
      const client = server.client();
      const opened = nextEvent(client, 'open');
      const peer = await server.requested();
      await peer.writeByteByByte(Buffer.from(upgradeResponse(peer.request)));
      await opened;

      assert.strictEqual(client.readyState, 1);
    });

    it('is told of by upgrade before it is judged', async () => {
      const server = await transport.hostile();
      const client = server.client();
      client.on('error', () => {});
      const upgrade = nextEvent(client, 'upgrade');
      const closed = nextEvent(client, 'close');
      await server.upgraded({ headers: { 'X-A': 'b', Upgrade: 'x' } });
      const [res] = await upgrade;

      assert.ok(res instanceof http.IncomingMessage);
      assert.strictEqual(res.statusCode, 101);
      assert.strictEqual(res.headers['x-a'], 'b');
      await closed;
    });

    it('of garbage fails with what the parser says', async () => {
      const server = await transport.hostile();
      const client = server.client();
      const errors = [];
      client.on('error', (err) => errors.push(err));
      const closed = nextEvent(client, 'close');
      const peer = await server.requested();
      peer.write('garbage\r\n\r\n');

      assert.deepStrictEqual(await closed, [1006, Buffer.alloc(0)]);
      assert.strictEqual(errors.length, 1);
      assert.match(errors[0].code, /^HPE_/);
    });

    it('of too many bytes of headers fails', async () => {
      const server = await transport.hostile();
      const client = server.client();
      const errors = [];
      client.on('error', (err) => errors.push(err));
      const closed = nextEvent(client, 'close');
      const peer = await server.requested();
      peer.write('HTTP/1.1 101 x\r\n', `X: ${'y'.repeat(1 << 20)}\r\n\r\n`);

      assert.deepStrictEqual(await closed, [1006, Buffer.alloc(0)]);
      assert.strictEqual(errors.length, 1);
      assert.strictEqual(errors[0].code, 'HPE_HEADER_OVERFLOW');
    });

    it('of more headers than are kept fails cleanly', async () => {
      const flood = Object.fromEntries(
        Array.from({ length: 2100 }, (_, i) => [`a${i}`, ''])
      );
      const server = await transport.hostile();
      const client = server.client();
      const events = eventsOf(client, EVENTS);
      const peer = await server.requested();
      const head = upgradeResponse(peer.request, { headers: flood });
      // The flood first, so that what matters is not kept.
      const [status, ...lines] = head.trimEnd().split('\r\n');
      peer.write([status, ...lines.reverse()].join('\r\n'), '\r\n\r\n');

      assert.deepStrictEqual(await events, [
        ['upgrade', 0],
        ...failure('Invalid Upgrade header')
      ]);
    });

    for (const [what, end] of [
      ['an end', (peer) => peer.end()],
      ['a drop', (peer) => peer.destroy()]
    ]) {
      it(`of nothing but ${what} fails`, async () => {
        const server = await transport.hostile();
        const client = server.client();
        const events = eventsOf(client, EVENTS);
        end(await server.requested());

        assert.deepStrictEqual(await events, failure('socket hang up'));
      });
    }

    it('that was not expected may be dealt with by a listener', async () => {
      const server = await transport.hostile();
      const client = server.client();
      const events = eventsOf(client, ['open', 'error', 'close']);
      const response = nextEvent(client, 'unexpected-response');
      const peer = await server.requested();
      peer.write('HTTP/1.1 401 No\r\nContent-Length: 4\r\n\r\nbody');
      const [req, res] = await response;
      let body = '';
      for await (const chunk of res) body += chunk;
      await turns(3);

      assert.ok(req instanceof http.ClientRequest);
      assert.strictEqual(res.statusCode, 401);
      assert.strictEqual(body, 'body');
      assert.strictEqual(client.readyState, 0);
      client.terminate();
      assert.deepStrictEqual(
        await events,
        failure('WebSocket was closed before the connection was established')
      );
    });

    it('that was not expected may end in an error of the listener', async () => {
      const server = await transport.hostile();
      const client = server.client();
      const events = eventsOf(client, ['open', 'error', 'close']);
      client.on('unexpected-response', (req) => req.destroy(new Error('own')));
      const peer = await server.requested();
      peer.write('HTTP/1.1 401 No\r\nContent-Length: 4\r\n\r\nbo');
      await turns(5);
      client.terminate();

      assert.strictEqual((await events).at(-1)[0], 'close');
      assert.strictEqual((await events).length, 2);
    });
  });

  describe('that does not come', () => {
    afterEach(releaseAll);

    const transport = new ClientTransport('tcp');

    it('fails after handshakeTimeout', async () => {
      const server = await transport.hostile();
      const client = server.client([], { handshakeTimeout: 50 });
      const events = eventsOf(client, EVENTS);
      const peer = await server.requested();

      assert.deepStrictEqual(
        await events,
        failure('Opening handshake has timed out')
      );
      await peer.ended();
    });

    it('fails after handshakeTimeout with half of it there', async () => {
      const server = await transport.hostile();
      const client = server.client([], { handshakeTimeout: 50 });
      const events = eventsOf(client, EVENTS);
      const peer = await server.requested();
      peer.write(upgradeResponse(peer.request).slice(0, 50));

      assert.deepStrictEqual(
        await events,
        failure('Opening handshake has timed out')
      );
    });

    it('is waited for without a connection too', async () => {
      const client = new WebSocket('ws://localhost', {
        handshakeTimeout: 50,
        lookup: () => {}
      });
      assert.deepStrictEqual(
        await eventsOf(client, EVENTS),
        failure('Opening handshake has timed out')
      );
    });

    it('is not waited for any more once it is open', async () => {
      const server = await transport.hostile();
      const client = server.client([], { handshakeTimeout: 100 });
      const opened = nextEvent(client, 'open');
      await server.upgraded();
      await opened;
      await new Promise((resolve) => setTimeout(resolve, 250));

      assert.strictEqual(client.readyState, 1);
    });
  });

  describe('of nobody', () => {
    afterEach(releaseAll);

    it('fails with what the system says', async () => {
      const server = net.createServer();
      server.listen(0, HOST);
      await nextEvent(server, 'listening');
      const { port } = server.address();
      await new Promise((resolve) => server.close(resolve));
      const client = new WebSocket(`ws://${HOST}:${port}`);
      const failed = nextEvent(client, 'error');
      const events = eventsOf(client, EVENTS);
      const [err] = await failed;

      assert.strictEqual(err.code, 'ECONNREFUSED');
      assert.deepStrictEqual(await events, failure(err.message));
    });

    it('fails with what the resolver says', async () => {
      const client = new WebSocket('ws://name.invalid', {
        lookup: (name, options, cb) => cb(new Error(`no ${name}`))
      });
      assert.deepStrictEqual(
        await eventsOf(client, EVENTS),
        failure('no name.invalid')
      );
    });

    it('fails with a socket that is not there', async () => {
      const client = new WebSocket('ws+unix:/nowhere/to/be/found');
      const failed = nextEvent(client, 'error');
      const events = eventsOf(client, EVENTS);
      const [err] = await failed;

      assert.strictEqual(err.code, 'ENOENT');
      assert.deepStrictEqual(await events, failure(err.message));
    });

    it('ends the process as any error that is not listened to', () => {
      const client = new WebSocket('ws://localhost', {
        lookup: () => {}
      });
      assert.throws(() => client.emit('error', new Error('x')), /x/);
      client.on('error', () => {});
      client.terminate();
    });
  });
});
