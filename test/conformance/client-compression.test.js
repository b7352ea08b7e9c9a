'use strict';

const assert = require('node:assert');
const zlib = require('node:zlib');

const { forEachClientTransport } = require('../support/client-transports');
const { itSurvives } = require('../support/echo-client');
const frames = require('../support/server-frames');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const COMPRESSED = { rsv: 4 };
const PART = { fin: false };
const TOO_BIG = [1009, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'];

/* The payload of a message, compressed for itself. */
function deflated(data, options) {
  const bytes = zlib.deflateRawSync(data, {
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
    ...options
  });
  return bytes.subarray(0, -4);
}

/* A message of so many MiB, in a thousandth of it. */
let bomb;

function makeBomb() {
  bomb ??= deflated(Buffer.alloc(128 << 20));
  return bomb;
}

describe('a client and compression, RFC 7692', function () {
  this.timeout(TEST_TIMEOUT_MS);

  const agreed = {
    headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' }
  };

  /* A test whose victim has agreed on compression. */
  function itInflates(transport, title, body, options) {
    itSurvives(transport, title, async (_, clients) => {
      const all = { perMessageDeflate: true, ...options };
      await body(await clients.open(all, agreed), clients);
    });
  }

  forEachClientTransport((transport) => {
    for (const [title, list, code] of [
      ['RSV1 on a ping', [frames.ping('', COMPRESSED)], 1002],
      ['RSV1 on a close', [frames.close(1000, '', COMPRESSED)], 1002],
      [
        'RSV1 on a continuation',
        [frames.text('a', PART), frames.continuation('b', COMPRESSED)],
        1002
      ]
    ]) {
      itInflates(transport, `${title}: ${code}`, async (victim) => {
        victim.write(...list);
        await victim.assertFails(code, 'WS_ERR_UNEXPECTED_RSV_1');
      });
    }

    for (const [title, payload, code] of [
      ['garbage', Buffer.from('ffffffff', 'hex'), 'Z_DATA_ERROR'],
      ['a far reference', Buffer.from('020100', 'hex'), undefined],
      [
        'a reference to nothing',
        deflated('abcabcabcabc', { dictionary: Buffer.from('abc') }),
        'Z_DATA_ERROR'
      ]
    ]) {
      itInflates(transport, `${title}: 1007 or a message`, async (victim) => {
        victim.write(frames.binary(payload, COMPRESSED));
        if (code === undefined) {
          victim.write(frames.close(1000));
          const got = await victim.peer.framesToEnd();
          victim.peer.end();
          assert.ok([1000, 1007].includes(got.at(-1).code));
          return;
        }
        assert.deepStrictEqual(await victim.assertFails(1007, code), []);
      });
    }

    itInflates(transport, 'bad UTF-8 inside: 1007', async (victim) => {
      victim.write(frames.text(deflated(Buffer.from([0xff])), COMPRESSED));
      await victim.assertFails(1007, 'WS_ERR_INVALID_UTF8');
    });

    itInflates(transport, 'a bomb of 128 MiB: 1009', async (victim) => {
      victim.write(frames.binary(makeBomb(), COMPRESSED));
      assert.deepStrictEqual(await victim.assertFails(...TOO_BIG), []);
    });

    itInflates(
      transport,
      'a bomb in parts: 1009',
      async (victim) => {
        const bytes = makeBomb();
        victim.write(frames.binary('', { ...COMPRESSED, ...PART }));
        for (let i = 0; i < bytes.length; i += 5000) {
          const fin = i + 5000 >= bytes.length;
          victim.write(
            frames.continuation(bytes.subarray(i, i + 5000), { fin })
          );
        }
        assert.deepStrictEqual(await victim.assertFails(...TOO_BIG), []);
      },
      { maxPayload: 1 << 20 }
    );

    itInflates(transport, 'bombs at ten clients', async (victim, clients) => {
      const frame = frames.binary(makeBomb(), COMPRESSED);
      const victims = [victim];
      const options = { perMessageDeflate: true, maxPayload: 1 << 16 };
      while (victims.length < 10) {
        victims.push(await clients.open(options, agreed));
      }
      for (const each of victims) each.write(frame);
      await Promise.all(victims.map((each) => each.assertFails(...TOO_BIG)));
    });

    itInflates(
      transport,
      'maxPayload exactly, and a byte more',
      async (victim) => {
        victim.write(frames.binary(deflated(Buffer.alloc(1000)), COMPRESSED));
        const frame = await victim.peer.nextFrame();
        assert.ok(frame !== null);
        victim.write(frames.binary(deflated(Buffer.alloc(1001)), COMPRESSED));
        await victim.assertFails(...TOO_BIG);
      },
      { maxPayload: 1000 }
    );

    itInflates(transport, 'a drop while inflating', async (victim) => {
      victim.write(frames.binary(deflated(Buffer.alloc(50 << 20)), COMPRESSED));
      victim.peer.destroy();
      const [code] = await victim.closed;

      assert.strictEqual(code, 1006);
      assert.deepStrictEqual(victim.errors, []);
    });

    itSurvives(
      transport,
      'compression that was not agreed on: 1002',
      async (victim) => {
        victim.write(frames.text(deflated('x'), COMPRESSED));
        await victim.assertFails(1002, 'WS_ERR_UNEXPECTED_RSV_1');
      }
    );
  });
});
