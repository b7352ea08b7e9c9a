'use strict';

const assert = require('node:assert');
const zlib = require('node:zlib');

const {
  ClientTransport,
  forEachClientTransport
} = require('../support/client-transports');
const { headerOf } = require('../support/hostile-server');
const { eventsOf } = require('../support/record');
const { releaseAll } = require('../support/transports');
const frames = require('../support/server-frames');
const { TEST_TIMEOUT_MS, nextEvent, nextEvents } = require('../support/wait');

const EXTENSIONS = 'Sec-WebSocket-Extensions';
const INVALID = 'Invalid Sec-WebSocket-Extensions header';
const OTHER = 'Server indicated an extension that was not requested';
const COMPRESSED = { rsv: 4 };

/* [answer, options]: agreements that must be taken. */
const GOOD = [
  ['permessage-deflate'],
  ['permessage-deflate; server_no_context_takeover'],
  ['permessage-deflate; client_no_context_takeover'],
  ['permessage-deflate; server_max_window_bits=8'],
  ['permessage-deflate; client_max_window_bits=15'],
  ['permessage-deflate; client_max_window_bits=9'],
  ['permessage-deflate; server_max_window_bits="10"'],
  [
    'permessage-deflate; server_no_context_takeover; server_max_window_bits=9',
    { serverNoContextTakeover: true, serverMaxWindowBits: 10 }
  ],
  ['permessage-deflate; client_max_window_bits=12', { clientMaxWindowBits: 13 }]
];

/* [answer, message, options]: agreements that must not be taken. */
const BAD = [
  ['', INVALID],
  ['permessage-deflate;', INVALID],
  ['permessage-deflate; x', INVALID],
  ['permessage-deflate; x=1', INVALID],
  ['permessage-deflate; __proto__=1', INVALID],
  ['permessage-deflate; constructor', INVALID],
  ['permessage-deflate; server_no_context_takeover=1', INVALID],
  [
    'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
    INVALID
  ],
  ['permessage-deflate; client_max_window_bits', INVALID],
  ['permessage-deflate; client_max_window_bits=7', INVALID],
  ['permessage-deflate; client_max_window_bits=16', INVALID],
  ['permessage-deflate; client_max_window_bits=-1', INVALID],
  ['permessage-deflate; client_max_window_bits=4294967304', INVALID],
  ['permessage-deflate; client_max_window_bits=9x', INVALID],
  ['permessage-deflate; server_max_window_bits', INVALID],
  ['permessage-deflate; server_max_window_bits=7', INVALID],
  ['permessage-deflate; server_max_window_bits=16', INVALID],
  ['permessage-deflate, x', OTHER],
  ['x', OTHER],
  ['__proto__', OTHER],
  ['constructor', OTHER],
  ['PERMESSAGE-DEFLATE', OTHER],
  [
    'permessage-deflate; client_max_window_bits=14',
    INVALID,
    { clientMaxWindowBits: 13 }
  ],
  [
    'permessage-deflate; client_no_context_takeover',
    INVALID,
    { clientNoContextTakeover: false }
  ],
  [
    'permessage-deflate; client_max_window_bits=9',
    INVALID,
    { clientMaxWindowBits: false }
  ]
];

/* The payload of a message, compressed for itself. */
function deflated(data) {
  const bytes = zlib.deflateRawSync(data, {
    finishFlush: zlib.constants.Z_SYNC_FLUSH
  });
  return bytes.subarray(0, -4);
}

/* What was compressed for itself. */
function inflated(payload) {
  return zlib.inflateRawSync(
    Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]),
    { finishFlush: zlib.constants.Z_SYNC_FLUSH }
  );
}

describe('[client] agreeing on permessage-deflate', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  const transport = new ClientTransport('tcp');

  /* What comes of an answer of the server. */
  async function outcome(answer, perMessageDeflate = true) {
    const server = await transport.hostile();
    const client = server.client([], { perMessageDeflate });
    const events = eventsOf(client);
    const peer = await server.upgraded({ headers: { [EXTENSIONS]: answer } });
    peer.end();
    return { client, events: await events };
  }

  for (const [answer, options] of GOOD) {
    it(`takes "${answer}" for ${JSON.stringify(options)}`, async () => {
      const { client, events } = await outcome(answer, options);

      assert.strictEqual(client.extensions, 'permessage-deflate');
      assert.strictEqual(events[0][0], 'open');
    });
  }

  for (const [answer, message, options] of BAD) {
    it(`refuses "${answer}" for ${JSON.stringify(options)}`, async () => {
      const { events } = await outcome(answer, options);

      assert.deepStrictEqual(events, [
        ['error', message, 2],
        ['close', 1006, '', 3]
      ]);
    });
  }

  it('does without where the server does not answer', async () => {
    const { client, events } = await outcome(undefined);

    assert.strictEqual(client.extensions, '');
    assert.strictEqual(events[0][0], 'open');
  });
});

describe('[client] compressed messages', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport((transport) => {
    const open = (options, answer = 'permessage-deflate') =>
      transport.open(
        { perMessageDeflate: true, ...options },
        { headers: { [EXTENSIONS]: answer } }
      );

    it('come back from a server of ws', async () => {
      const { client, peer, req } = await transport.pair(
        { perMessageDeflate: { threshold: 0 } },
        { perMessageDeflate: { threshold: 0 } }
      );
      peer.on('message', (data, isBinary) =>
        peer.send(data, { binary: isBinary })
      );
      const texts = ['', 'a', 'é'.repeat(70000), 'x'.repeat(1000)];
      const got = nextEvents(client, 'message', texts.length);
      for (const text of texts) client.send(text);

      assert.ok(req.headers['sec-websocket-extensions']);
      assert.strictEqual(client.extensions, 'permessage-deflate');
      assert.deepStrictEqual(
        (await got).map(([data]) => String(data)),
        texts
      );
    });

    it('are masked on top', async () => {
      const { client, peer } = await open(
        { perMessageDeflate: { threshold: 0 } },
        'permessage-deflate; client_no_context_takeover'
      );
      const data = Buffer.alloc(5000, 'compress me ');
      const before = Buffer.from(data);
      client.send(data);
      const frame = await peer.nextFrame();

      assert.strictEqual(frame.rsv, 4);
      assert.strictEqual(frame.isMasked, true);
      assert.ok(inflated(frame.payload).equals(before));
      assert.ok(data.equals(before));
    });

    it('may be sent as they are', async () => {
      const { client, peer } = await open();
      client.send('x'.repeat(5000), { compress: false });
      const frame = await peer.nextFrame();

      assert.strictEqual(frame.rsv, 0);
      assert.strictEqual(frame.payload.toString(), 'x'.repeat(5000));
    });

    it('are masked with the keys of generateMask', async () => {
      const { client, peer } = await open({
        perMessageDeflate: { threshold: 0 },
        generateMask: (key) => key.fill(0)
      });
      const chunks = [];
      peer.socket.on('data', (chunk) => chunks.push(chunk));
      client.send('x'.repeat(100));
      await peer.nextFrame();
      const bytes = Buffer.concat(chunks);

      assert.strictEqual(bytes[0], 0xc1);
      assert.strictEqual(bytes[1] & 0x80, 0x80);
      assert.strictEqual(bytes.readUInt32BE(2), 0);
    });

    it('are taken in parts, with others in between', async () => {
      const { client, peer } = await open();
      const got = nextEvents(client, 'message', 3);
      const bytes = deflated('compressed and cut');
      peer.write(
        frames.text('plain'),
        frames.text(bytes.subarray(0, 3), { ...COMPRESSED, fin: false }),
        frames.ping('p'),
        frames.continuation(bytes.subarray(3)),
        frames.text(deflated('again'), COMPRESSED)
      );

      assert.deepStrictEqual(
        (await got).map(([data]) => String(data)),
        ['plain', 'compressed and cut', 'again']
      );
    });

    it('in the context of those before are taken', async () => {
      const { client, peer } = await open();
      const got = nextEvents(client, 'message', 2);
      const deflate = zlib.createDeflateRaw();
      const write = (text) =>
        new Promise((resolve) => {
          const chunks = [];
          const collect = (chunk) => chunks.push(chunk);
          deflate.on('data', collect);
          deflate.write(text);
          deflate.flush(zlib.constants.Z_SYNC_FLUSH, () => {
            deflate.off('data', collect);
            resolve(Buffer.concat(chunks).subarray(0, -4));
          });
        });
      const text = 'the same words again and again';
      const first = await write(text);
      const second = await write(text);
      assert.ok(second.length < first.length);
      peer.write(
        frames.text(first, COMPRESSED),
        frames.text(second, COMPRESSED)
      );

      assert.deepStrictEqual(
        (await got).map(([data]) => String(data)),
        [text, text]
      );
      deflate.close();
    });

    it('are all delivered before close', async () => {
      const { client, peer } = await open();
      const events = eventsOf(client);
      peer.write(
        frames.text(deflated('x'.repeat(100000)), COMPRESSED),
        frames.text(deflated('last'), COMPRESSED),
        frames.close(1000)
      );
      await peer.ended();
      peer.end();

      assert.deepStrictEqual(
        (await events).map(([name, data]) => [name, data.length ?? data]),
        [
          ['message', 100000],
          ['message', 4],
          ['close', 1000]
        ]
      );
    });

    it('offer what the options say', async () => {
      const server = await transport.hostile();
      const client = server.client([], {
        perMessageDeflate: { serverNoContextTakeover: true }
      });
      client.on('error', () => {});
      const { request } = await server.requested();

      assert.strictEqual(
        headerOf(request, EXTENSIONS),
        'permessage-deflate; server_no_context_takeover; client_max_window_bits'
      );
      const closed = nextEvent(client, 'close');
      client.terminate();
      await closed;
    });
  });
});
