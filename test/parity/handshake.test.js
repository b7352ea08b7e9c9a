'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const {
  ACCEPT,
  KEY,
  acceptValue,
  upgradeRequest
} = require('../support/raw-client');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

/* The whole reply of a refused handshake. */
function refusal(status, body, ...headers) {
  return [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: text/html',
    `Content-Length: ${body.length}`,
    ...headers,
    '',
    body
  ].join('\r\n');
}

const BAD_METHOD = refusal('405 Method Not Allowed', 'Invalid HTTP method');
const BAD_UPGRADE = refusal('400 Bad Request', 'Invalid Upgrade header');
const BAD_KEY = refusal(
  '400 Bad Request',
  'Missing or invalid Sec-WebSocket-Key header'
);
const BAD_VERSION = refusal(
  '400 Bad Request',
  'Missing or invalid Sec-WebSocket-Version header',
  'Sec-WebSocket-Version: 13, 8'
);
const BAD_PROTOCOL = refusal(
  '400 Bad Request',
  'Invalid Sec-WebSocket-Protocol header'
);

const header = (name, value) => ({ headers: { [name]: value } });
const key = (value) => header('Sec-WebSocket-Key', value);
const version = (value) => header('Sec-WebSocket-Version', value);
const protocol = (value) => header('Sec-WebSocket-Protocol', value);

const refused = [
  ['POST', { method: 'POST' }, BAD_METHOD],
  ['PUT', { method: 'PUT' }, BAD_METHOD],
  ['OPTIONS', { method: 'OPTIONS' }, BAD_METHOD],
  ['DELETE', { method: 'DELETE' }, BAD_METHOD],
  ['Upgrade: h2c', header('Upgrade', 'h2c'), BAD_UPGRADE],
  ['Upgrade: websocket/13', header('Upgrade', 'websocket/13'), BAD_UPGRADE],
  ['Upgrade: a, websocket', header('Upgrade', 'a, websocket'), BAD_UPGRADE],
  ['no key', key(undefined), BAD_KEY],
  ['an empty key', key(''), BAD_KEY],
  ['a short key', key('c2hvcnQ='), BAD_KEY],
  ['a key of 21 characters', key('A'.repeat(21) + '=='), BAD_KEY],
  ['a key of 23 characters', key('A'.repeat(23) + '=='), BAD_KEY],
  ['a key without padding', key('A'.repeat(24)), BAD_KEY],
  ['a key with one =', key('A'.repeat(23) + '='), BAD_KEY],
  ['a key in base64url', key('A'.repeat(20) + '_-=='), BAD_KEY],
  [
    'a key with a space',
    key('A'.repeat(10) + ' ' + 'A'.repeat(11) + '=='),
    BAD_KEY
  ],
  ['two keys', key([KEY, KEY]), BAD_KEY],
  ['a key of 8 KiB', key('A'.repeat(8192)), BAD_KEY],
  ['no version', version(undefined), BAD_VERSION],
  ['version 0', version('0'), BAD_VERSION],
  ['version 7', version('7'), BAD_VERSION],
  ['version 14', version('14'), BAD_VERSION],
  ['version 13, 8', version('13, 8'), BAD_VERSION],
  ['version abc', version('abc'), BAD_VERSION],
  ['an empty version', version(''), BAD_VERSION],
  ['two versions', version(['13', '13']), BAD_VERSION],
  ['version 13x', version('13x'), BAD_VERSION],
  ['an empty protocol', protocol(''), BAD_PROTOCOL],
  ['a doubled protocol', protocol('a, a'), BAD_PROTOCOL],
  ['a protocol doubled over headers', protocol(['a', 'a']), BAD_PROTOCOL],
  ['a comma first', protocol(',a'), BAD_PROTOCOL],
  ['a comma last', protocol('a,'), BAD_PROTOCOL],
  ['two commas', protocol('a,,b'), BAD_PROTOCOL],
  ['a space inside a protocol', protocol('a b'), BAD_PROTOCOL],
  ['a protocol that is no token', protocol('a@b'), BAD_PROTOCOL],
  ['a quoted protocol', protocol('"a"'), BAD_PROTOCOL]
];

/* When several things are wrong, which one is told. */
const ordered = [
  [
    'method before Upgrade',
    { method: 'POST', headers: { Upgrade: 'h2c' } },
    BAD_METHOD
  ],
  [
    'Upgrade before key',
    { headers: { Upgrade: 'h2c', 'Sec-WebSocket-Key': 'x' } },
    BAD_UPGRADE
  ],
  [
    'key before version',
    { headers: { 'Sec-WebSocket-Key': 'x', 'Sec-WebSocket-Version': 'x' } },
    BAD_KEY
  ],
  [
    'version before path',
    { path: '/other', headers: { 'Sec-WebSocket-Version': 'x' } },
    BAD_VERSION
  ],
  [
    'path before protocol',
    { path: '/other', headers: { 'Sec-WebSocket-Protocol': ',' } },
    refusal('400 Bad Request', 'Bad Request')
  ]
];

/* The reply that opens the connection. */
function acceptance(accept, ...headers) {
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    ...headers,
    '',
    ''
  ].join('\r\n');
}

const accepted = [
  ['Upgrade: WebSocket', header('Upgrade', 'WebSocket')],
  ['Upgrade: WEBSOCKET', header('Upgrade', 'WEBSOCKET')],
  [
    'Connection: keep-alive, Upgrade',
    header('Connection', 'keep-alive, Upgrade')
  ],
  ['Connection: upgrade', header('Connection', 'upgrade')],
  ['version 8', version('8')],
  ['version 013', version('013')],
  ['version 13.0', version('13.0')],
  ['a request without Host', header('Host', undefined)],
  ['a foreign Origin', header('Origin', 'http://elsewhere.test')],
  ['unknown headers', header('X-Unknown', 'a: b; c')],
  ['an extension', header('Sec-WebSocket-Extensions', 'permessage-deflate')],
  ['extension rubbish', header('Sec-WebSocket-Extensions', ';;=,"')]
];

const chosen = [
  ['a', 'a'],
  ['a, b', 'a'],
  ['b,a', 'b'],
  [['one', 'two'], 'one'],
  ['a \t,\t b', 'a'],
  ["!#$%&'*+-.^_`|~09AZaz", "!#$%&'*+-.^_`|~09AZaz"]
];

describe('the opening handshake', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    for (const [what, request, reply] of refused) {
      it(`refuses ${what}`, async () => {
        const endpoint = await transport.listen();
        endpoint.wss.on('connection', () => assert.fail('connected'));
        const peer = await endpoint.raw();
        peer.write(upgradeRequest(request));

        assert.strictEqual(String(await peer.readToEnd()), reply);
      });
    }

    for (const [what, request, reply] of ordered) {
      it(`looks at ${what}`, async () => {
        const endpoint = await transport.listen({ path: '/' });
        const peer = await endpoint.raw();
        peer.write(upgradeRequest(request));

        assert.strictEqual(String(await peer.readToEnd()), reply);
      });
    }

    it('refuses a path that is not the one given', async () => {
      const endpoint = await transport.listen({ path: '/here' });
      const peer = await endpoint.raw();
      peer.write(upgradeRequest({ path: '/there' }));

      assert.strictEqual(
        String(await peer.readToEnd()),
        refusal('400 Bad Request', 'Bad Request')
      );
    });

    it('closes the connection after a refusal', async () => {
      const endpoint = await transport.listen();
      const peer = await endpoint.raw();
      peer.write(upgradeRequest({ method: 'POST' }));
      await peer.ended();
      peer.end();
      await peer.closed();
    });

    for (const [what, request] of accepted) {
      it(`accepts ${what}`, async () => {
        const endpoint = await transport.listen();
        const peer = await endpoint.raw();

        assert.strictEqual(await peer.upgrade(request), acceptance(ACCEPT));
      });
    }

    it('answers each key with its own accept value', async () => {
      const endpoint = await transport.listen();

      for (const one of [
        'AAAAAAAAAAAAAAAAAAAAAA==',
        '+/+/+/09azAZ+/+/+/+/+/=='
      ]) {
        const peer = await endpoint.raw();
        const head = await peer.upgrade(key(one));

        assert.strictEqual(head, acceptance(acceptValue(one)));
      }
    });

    for (const [offer, choice] of chosen) {
      it(`chooses the first protocol of ${JSON.stringify(offer)}`, async () => {
        const endpoint = await transport.listen();
        const connection = nextEvent(endpoint.wss, 'connection');
        const peer = await endpoint.raw();
        const head = await peer.upgrade(protocol(offer));
        const [ws] = await connection;

        assert.strictEqual(
          head,
          acceptance(ACCEPT, `Sec-WebSocket-Protocol: ${choice}`)
        );
        assert.strictEqual(ws.protocol, choice);
      });
    }

    it('has an empty protocol if none was offered', async () => {
      const { ws } = await transport.open();

      assert.strictEqual(ws.protocol, '');
      assert.strictEqual(ws.extensions, '');
      assert.strictEqual(ws.url, undefined);
    });

    it('is open in its connection event', async () => {
      let seen;
      await transport.open({}, function (ws, req, ...more) {
        seen = [ws.readyState, ws.binaryType, more.length];
      });

      assert.deepStrictEqual(seen, [1, 'nodebuffer', 0]);
    });

    it('can send from its connection event', async () => {
      const endpoint = await transport.listen({}, (ws) => ws.send('welcome'));
      const peer = await endpoint.upgraded();

      assert.strictEqual(
        (await peer.nextFrame()).payload.toString(),
        'welcome'
      );
    });

    it('sees a frame that came in the same packet', async () => {
      const endpoint = await transport.listen({}, (ws) => {
        ws.on('message', (data) => ws.send(`got ${data}`));
      });
      const head = Buffer.concat([frames.text('one'), frames.text('two')]);
      const peer = await endpoint.upgraded({ head });
      const got = await peer.nextFrames(2);

      assert.deepStrictEqual(
        got.map(({ payload }) => payload.toString()),
        ['got one', 'got two']
      );
    });

    it('emits connection before a message of the same packet', async () => {
      const log = [];
      const endpoint = await transport.listen({}, (ws) => {
        ws.on('message', () => log.push('message'));
        log.push('connection');
        process.nextTick(() => log.push('tick'));
      });
      const peer = await endpoint.upgraded({ head: frames.text('x') });
      peer.write(frames.ping('is it there?'));
      await peer.nextFrame();

      assert.deepStrictEqual(log, ['connection', 'message', 'tick']);
    });

    it('sees half a frame in the same packet and the rest later', async () => {
      const endpoint = await transport.listen({}, (ws) => {
        ws.on('message', (data) => ws.send(data));
      });
      const bytes = frames.text('in two halves');
      const peer = await endpoint.upgraded({ head: bytes.subarray(0, 7) });
      peer.write(bytes.subarray(7));

      assert.strictEqual(
        (await peer.nextFrame()).payload.toString(),
        'in two halves'
      );
    });

    it('refuses a bad frame that came in the same packet', async () => {
      const endpoint = await transport.listen({}, (ws) => {
        ws.on('error', () => {});
      });
      const head = frames.text('not masked', { mask: false });
      const peer = await endpoint.upgraded({ head });

      assert.strictEqual((await peer.nextFrame()).code, 1002);
    });

    it('takes a close frame that came in the same packet', async () => {
      const seen = new Promise((resolve) => {
        transport
          .listen({}, (ws) => ws.on('close', (...args) => resolve(args)))
          .then(async (endpoint) => {
            const peer = await endpoint.upgraded({
              head: frames.close(3333, 'bye')
            });
            await peer.ended();
            peer.end();
          });
      });

      assert.deepStrictEqual(await seen, [3333, Buffer.from('bye')]);
    });

    it('takes the request byte by byte', async () => {
      const endpoint = await transport.listen();
      const peer = await endpoint.raw();
      const head = peer.readHead();
      await peer.writeByteByByte(Buffer.from(upgradeRequest()));

      assert.strictEqual(await head, acceptance(ACCEPT));
    });
  });
});
