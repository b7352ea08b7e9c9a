'use strict';

const assert = require('node:assert');
const http = require('node:http');
const net = require('node:net');

const {
  ClientTransport,
  forEachClientTransport
} = require('../support/client-transports');
const { headerOf } = require('../support/hostile-server');
const { WebSocket } = require('../support/implementation');
const { eventsOf } = require('../support/record');
const { onRelease, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

/* The lines of a request, the key's value left out. */
function linesOf(request) {
  return request
    .split('\r\n')
    .slice(0, -2)
    .map((line) => line.replace(/^(Sec-WebSocket-Key: ).*/, '$1KEY'));
}

describe('[client] the request', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport((transport) => {
    async function requestOf(protocols, options, target) {
      const server = await transport.hostile();
      const client = server.client(protocols, options, target);
      client.on('error', () => {});
      const { request } = await server.requested();
      return { client, request };
    }

    it('has these headers in this order', async () => {
      const { request } = await requestOf([], {}, '/a?b=c');
      const lines = linesOf(request);
      const host = lines.pop();

      assert.deepStrictEqual(lines, [
        'GET /a?b=c HTTP/1.1',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: KEY',
        'Connection: Upgrade',
        'Upgrade: websocket'
      ]);
      assert.match(host, /^Host: /);
    });

    it('has those of the application first, the rest behind', async () => {
      const { request } = await requestOf(['a', 'b'], {
        headers: { 'X-One': '1', Cookie: ['c=1', 'd=2'], 'x-two': 'ä' },
        origin: 'https://example.com',
        auth: 'user:pass'
      });
      const lines = linesOf(request);
      const host = lines.findIndex((line) => line.startsWith('Host: '));
      lines.splice(host, 1);

      assert.deepStrictEqual(lines, [
        'GET / HTTP/1.1',
        'X-One: 1',
        'Cookie: c=1; d=2',
        'x-two: ä',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: KEY',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Protocol: a,b',
        'Origin: https://example.com',
        `Authorization: Basic ${Buffer.from('user:pass').toString('base64')}`
      ]);
    });

    it('has a fresh key of 16 bytes each time', async () => {
      const keys = new Set();
      for (let i = 0; i < 5; i++) {
        const { request } = await requestOf();
        const key = headerOf(request, 'Sec-WebSocket-Key');
        assert.strictEqual(Buffer.from(key, 'base64').length, 16);
        assert.strictEqual(key.length, 24);
        keys.add(key);
      }
      assert.strictEqual(keys.size, 5);
    });
  });

  describe('over any way', () => {
    afterEach(releaseAll);

    const transport = new ClientTransport('tcp');

    async function requestOf(options, protocols = []) {
      const server = await transport.hostile();
      const client = server.client(protocols, options);
      client.on('error', () => {});
      const { request } = await server.requested();
      return { client, request, server };
    }

    it('may be of version 8, whose Origin has another name', async () => {
      const { request } = await requestOf({ protocolVersion: 8, origin: 'o' });

      assert.strictEqual(headerOf(request, 'Sec-WebSocket-Version'), '8');
      assert.strictEqual(headerOf(request, 'Sec-WebSocket-Origin'), 'o');
      assert.strictEqual(headerOf(request, 'Origin'), undefined);
    });

    it('may be of no other version', () => {
      for (const protocolVersion of [0, 7, 14, '13', null, NaN]) {
        assert.throws(
          () => new WebSocket('ws://localhost', { protocolVersion }),
          {
            name: 'RangeError',
            message: `Unsupported protocol version: ${protocolVersion} (supported versions: 8, 13)`
          }
        );
      }
    });

    it('checks the version before the address', () => {
      assert.throws(() => new WebSocket('nothing', { protocolVersion: 1 }), {
        name: 'RangeError'
      });
    });

    it('offers compression unless told not to', async () => {
      for (const [perMessageDeflate, expected] of [
        [true, 'permessage-deflate; client_max_window_bits'],
        [{}, 'permessage-deflate; client_max_window_bits'],
        [
          { clientMaxWindowBits: 10, serverMaxWindowBits: 9 },
          'permessage-deflate; server_max_window_bits=9; client_max_window_bits=10'
        ],
        [
          { serverNoContextTakeover: true, clientNoContextTakeover: true },
          'permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits'
        ],
        [false, undefined],
        [null, undefined]
      ]) {
        const { request } = await requestOf({ perMessageDeflate });
        const actual = headerOf(request, 'Sec-WebSocket-Extensions');

        assert.strictEqual(actual, expected);
      }
    });

    it('offers compression without being told to', async () => {
      const server = await transport.hostile();
      const client = new WebSocket(server.url('/'));
      client.on('error', () => {});
      onRelease(() => client.terminate());
      const { request } = await server.requested();

      assert.strictEqual(
        headerOf(request, 'Sec-WebSocket-Extensions'),
        'permessage-deflate; client_max_window_bits'
      );
    });

    it('may have headers that replace no header of the handshake', async () => {
      const { request } = await requestOf({
        headers: {
          Host: 'example.com',
          Upgrade: 'nothing',
          'Sec-WebSocket-Key': 'mine',
          'Sec-WebSocket-Version': '1',
          Connection: 'close'
        }
      });

      assert.strictEqual(headerOf(request, 'Host'), 'example.com');
      assert.strictEqual(headerOf(request, 'Upgrade'), 'websocket');
      assert.strictEqual(headerOf(request, 'Connection'), 'Upgrade');
      assert.strictEqual(headerOf(request, 'Sec-WebSocket-Version'), '13');
      assert.notStrictEqual(headerOf(request, 'Sec-WebSocket-Key'), 'mine');
    });

    it('throws for headers that may not be sent', () => {
      for (const headers of [{ 'a b': '1' }, { a: 'b\r\nc: d' }]) {
        assert.throws(() => new WebSocket('ws://localhost', { headers }), {
          name: 'TypeError'
        });
      }
    });

    it('leaves the options of the application as they are', async () => {
      const options = Object.freeze({
        perMessageDeflate: false,
        headers: Object.freeze({ 'X-A': 'b' }),
        followRedirects: true,
        protocols: Object.freeze(['a'])
      });
      const server = await transport.hostile();
      const client = new WebSocket(server.url('/'), options);
      client.on('error', () => {});
      onRelease(() => client.terminate());
      const { request } = await server.requested();

      assert.strictEqual(headerOf(request, 'X-A'), 'b');
    });

    it('is finished by finishRequest where it is given', async () => {
      const seen = [];
      const server = await transport.hostile();
      const client = server.client([], {
        finishRequest(req, websocket) {
          seen.push(req instanceof http.ClientRequest, websocket.readyState);
          req.setHeader('X-Late', req.getHeader('host'));
          setImmediate(() => req.end());
        }
      });
      client.on('error', () => {});
      const { request } = await server.requested();

      assert.deepStrictEqual(seen, [true, 0]);
      assert.strictEqual(
        headerOf(request, 'X-Late'),
        headerOf(request, 'Host')
      );
    });

    it('gives finishRequest the WebSocket that is being made', async () => {
      let given;
      const server = await transport.hostile();
      const client = server.client([], {
        finishRequest(req, websocket) {
          given = websocket;
          req.end();
        }
      });
      const opened = nextEvent(client, 'open');
      await server.upgraded();
      await opened;

      assert.strictEqual(given, client);
    });

    it('goes over the socket that createConnection makes', async () => {
      const server = await transport.hostile();
      const seen = [];
      const { port } = new URL(server.url('/'));
      const client = new WebSocket('ws://example.invalid:7/x', {
        perMessageDeflate: false,
        createConnection(options) {
          seen.push(options.host, options.port, options.path);
          return net.connect(port, '127.0.0.1');
        }
      });
      onRelease(() => client.terminate());
      const opened = nextEvent(client, 'open');
      const peer = await server.upgraded();
      await opened;

      assert.deepStrictEqual(seen, ['example.invalid', '7', undefined]);
      assert.strictEqual(headerOf(peer.request, 'Host'), 'example.invalid:7');
    });

    it('looks names up as it is told', async () => {
      const server = await transport.hostile();
      const { port } = new URL(server.url('/'));
      const names = [];
      const client = new WebSocket(`ws://some.invalid:${port}`, {
        perMessageDeflate: false,
        lookup(name, options, cb) {
          names.push(name);
          if (options.all) cb(null, [{ address: '127.0.0.1', family: 4 }]);
          else cb(null, '127.0.0.1', 4);
        }
      });
      onRelease(() => client.terminate());
      const opened = nextEvent(client, 'open');
      await server.upgraded();
      await opened;

      assert.deepStrictEqual(names, ['some.invalid']);
      assert.strictEqual(client._socket.remoteAddress, '127.0.0.1');
    });

    it('may go out from a chosen address', async () => {
      const server = await transport.hostile();
      const client = server.client([], { localAddress: '127.0.0.2' });
      const opened = nextEvent(client, 'open');
      const peer = await server.upgraded();
      await opened;

      assert.strictEqual(peer.socket.remoteAddress, '127.0.0.2');
    });

    it('is in _req until the handshake is over', async () => {
      const server = await transport.hostile();
      const client = server.client();
      const opened = nextEvent(client, 'open');

      assert.ok(client._req instanceof http.ClientRequest);
      await server.upgraded();
      await opened;
      assert.strictEqual(client._req, null);
    });

    it('is written by the agent that is given', async () => {
      const server = await transport.hostile();
      const seen = [];
      class Agent extends http.Agent {
        addRequest(req, options) {
          seen.push(options.host, String(options.port), options.path);
          super.addRequest(req, options);
        }
      }
      const agent = new Agent();
      const client = server.client([], { agent });
      const opened = nextEvent(client, 'open');
      await server.upgraded();
      await opened;

      assert.deepStrictEqual(seen, [
        '127.0.0.1',
        new URL(server.url('/')).port,
        '/'
      ]);
      assert.deepStrictEqual(Object.keys(agent.sockets), []);
    });

    it('fails with what the agent says', async () => {
      const agent = new http.Agent();
      agent.createConnection = (options, cb) => cb(new Error('no way'));
      const client = new WebSocket('ws://localhost', { agent });

      assert.deepStrictEqual(await eventsOf(client), [
        ['error', 'no way', 2],
        ['close', 1006, '', 3]
      ]);
    });
  });
});
