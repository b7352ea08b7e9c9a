'use strict';

const assert = require('node:assert');
const zlib = require('node:zlib');

const frames = require('../support/frames');
const { runChild } = require('../support/child');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

const DICTIONARY = Buffer.from(
  '{"type":"greeting","text":"Hello, dictionary"}'
);
const RSV1 = 4;
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);
const TEXT = '{"type":"greeting","text":"Hello, world"}';

const offer = (parameters = '') => ({
  headers: { 'Sec-WebSocket-Extensions': `permessage-deflate${parameters}` }
});

function deflate(text, options) {
  return zlib
    .deflateRawSync(text, {
      finishFlush: zlib.constants.Z_SYNC_FLUSH,
      ...options
    })
    .subarray(0, -TAIL.length);
}

function inflate(payload, options) {
  return zlib
    .inflateRawSync(Buffer.concat([payload, TAIL]), {
      finishFlush: zlib.constants.Z_SYNC_FLUSH,
      ...options
    })
    .toString();
}

const refused = [
  [{ level: 10 }, 'RangeError', 'ERR_OUT_OF_RANGE'],
  [{ level: '1' }, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
  [{ memLevel: 0 }, 'RangeError', 'ERR_OUT_OF_RANGE'],
  [{ memLevel: 10 }, 'RangeError', 'ERR_OUT_OF_RANGE'],
  [{ strategy: 5 }, 'RangeError', 'ERR_OUT_OF_RANGE'],
  [{ chunkSize: 63 }, 'RangeError', 'ERR_OUT_OF_RANGE'],
  [{ flush: 6 }, 'RangeError', 'ERR_OUT_OF_RANGE'],
  [{ finishFlush: -1 }, 'RangeError', 'ERR_OUT_OF_RANGE'],
  [{ maxOutputLength: 0 }, 'RangeError', 'ERR_OUT_OF_RANGE'],
  [{ dictionary: 'text' }, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
  [{ dictionary: null }, 'TypeError', 'ERR_INVALID_ARG_TYPE']
];

/* Runs in a child. */
async function throwAtFirstMessage(kit, transportName, list) {
  for (const zlibDeflateOptions of list) {
    const endpoint = await kit.transports[transportName].listen({
      perMessageDeflate: { concurrencyLimit: 0, zlibDeflateOptions }
    });
    const { ws, peer } = await endpoint.accepted({
      headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' }
    });

    ws.send('plain', { compress: false });

    const { payload } = await peer.nextFrame();

    try {
      ws.send('compressed');
    } catch ({ name, code }) {
      kit.report([name, code, String(payload)]);
    }
  }
  process.exit();
}

const taken = [
  {},
  { level: -1 },
  { level: 9, memLevel: 9, strategy: 4 },
  { level: 1, memLevel: 1, strategy: 2, chunkSize: 64 },
  { level: 5.5, memLevel: NaN, strategy: undefined },
  { windowBits: 99, finishFlush: 2, maxOutputLength: 10 },
  5,
  null
];

describe('the options for zlib', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    const accepted = async (perMessageDeflate, parameters) => {
      const endpoint = await transport.listen({ perMessageDeflate });

      return endpoint.accepted(offer(parameters));
    };

    // In a child: with ws each of them costs a place below concurrencyLimit.
    it('throw at the first message that is to be compressed', async () => {
      const { reports } = await runChild(
        throwAtFirstMessage,
        transport.name,
        refused.map(([options]) => options)
      );

      assert.deepStrictEqual(
        reports,
        refused.map(([, ...expected]) => [...expected, 'plain'])
      );
    });

    for (const options of taken) {
      it(`compresses with ${JSON.stringify(options)}`, async () => {
        const { ws, peer } = await accepted({ zlibDeflateOptions: options });

        ws.send(TEXT);
        assert.strictEqual(inflate((await peer.nextFrame()).payload), TEXT);
      });
    }

    it('says the same bytes as zlib where a level is given', async () => {
      for (const level of [0, 1, 6, 9]) {
        const { ws, peer } = await accepted({ zlibDeflateOptions: { level } });
        const text = TEXT.repeat(50);

        ws.send(text);
        assert.deepStrictEqual(
          (await peer.nextFrame()).payload,
          deflate(text, { level })
        );
      }
    });

    for (const parameters of ['', '; server_no_context_takeover']) {
      it(`begins with the dictionary${parameters}`, async () => {
        const { ws, peer } = await accepted(
          { threshold: 0, zlibDeflateOptions: { dictionary: DICTIONARY } },
          parameters
        );
        const payloads = [];

        for (let i = 0; i < 2; i++) {
          ws.send(TEXT);
          payloads.push((await peer.nextFrame()).payload);
        }

        assert.ok(payloads[0].length < 20);
        assert.strictEqual(
          inflate(payloads[0], { dictionary: DICTIONARY }),
          TEXT
        );
        assert.strictEqual(payloads[0].equals(payloads[1]), parameters !== '');
      });
    }

    for (const parameters of ['', '; client_no_context_takeover']) {
      it(`inflates what begins with the dictionary${parameters}`, async () => {
        const dictionary = new Uint8Array(DICTIONARY).buffer;
        const { ws, peer } = await accepted(
          { zlibInflateOptions: { dictionary } },
          parameters
        );
        const first = deflate(TEXT, { dictionary: DICTIONARY });
        const second = parameters === '' ? deflate(TEXT) : first;

        for (const payload of [first, second]) {
          const message = nextEvent(ws, 'message');

          peer.write(frames.text(payload, { rsv: RSV1 }));
          assert.strictEqual(String((await message)[0]), TEXT);
        }
      });
    }
  });

  it('throws at the first message it is to inflate', async () => {
    const { reports } = await runChild(async (kit) => {
      process.on('uncaughtException', ({ name, code }) => {
        kit.report([name, code]);
        process.exit();
      });

      const endpoint = await kit.transports.port.listen({
        perMessageDeflate: { zlibInflateOptions: { chunkSize: 1 } }
      });
      const peer = await endpoint.upgraded({
        headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' }
      });

      endpoint.sockets[0].on('message', (data) => {
        kit.report(String(data));
        peer.write(
          kit.frames.text(Buffer.from('f248cdc9c90700', 'hex'), { rsv: 4 })
        );
      });
      peer.write(kit.frames.text('plain'));
    });

    assert.deepStrictEqual(reports, [
      'plain',
      ['RangeError', 'ERR_OUT_OF_RANGE']
    ]);
  });
});
