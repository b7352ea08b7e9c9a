'use strict';

// What uvws agrees to and compresses by hand, held against ws: the same offers
// and options must come to the same, and each must read the other's fragments.

const assert = require('node:assert');
const { promisify } = require('node:util');
const zlib = require('node:zlib');

const ws = require('ws');

const extension = require('../../lib/extension');
const PerMessageDeflate = require('../../lib/permessage-deflate');

const IMPLEMENTATIONS = { ws: ws.PerMessageDeflate, uvws: PerMessageDeflate };
const BITS = [undefined, null, true, false, 8, 9, 12, 15];

// Pseudo-random numbers, the same each time.
function makeRandom(seed) {
  return (below) => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) % below;
  };
}

function outcome(call) {
  try {
    return JSON.stringify(call(), (key, value) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.entries(value)
        : value
    );
  } catch (err) {
    return `${err.name}: ${err.message}`;
  }
}

function make(Class, options, parameters = {}) {
  const instance = new Class(options);

  instance.accept([parameters]);
  return {
    instance,
    compress: promisify(instance.compress.bind(instance)),
    decompress: promisify(instance.decompress.bind(instance))
  };
}

describe('Sec-WebSocket-Extensions', () => {
  const PARTS = [
    'a',
    'permessage-deflate',
    ';',
    '; ',
    ',',
    ', ',
    '=',
    '="',
    '"',
    '\\',
    ' ',
    '\t',
    'x=1',
    '__proto__',
    '@',
    '\u00e9',
    '\u0100'
  ];

  it('is parsed and formatted as by ws, or refused at the same place', () => {
    const random = makeRandom(7);
    let legal = 0;

    for (let i = 0; i < 50000; i++) {
      let header = '';

      for (let j = random(10); j > 0; j--)
        header += PARTS[random(PARTS.length)];

      const expected = outcome(() => ws.extension.parse(header));

      assert.strictEqual(
        outcome(() => extension.parse(header)),
        expected,
        JSON.stringify(header)
      );
      if (expected.startsWith('SyntaxError')) continue;

      const parsed = extension.parse(header);

      legal++;
      assert.strictEqual(extension.format(parsed), ws.extension.format(parsed));
    }
    assert.ok(legal > 1000);
  });

  it('gives objects without a prototype', () => {
    const parsed = extension.parse('a; __proto__=1, constructor');

    assert.strictEqual(Object.getPrototypeOf(parsed), null);
    assert.strictEqual(Object.getPrototypeOf(parsed.a[0]), null);
    assert.deepStrictEqual(Object.keys(parsed.a[0]), ['__proto__']);
    assert.deepStrictEqual(Object.keys(parsed), ['a', 'constructor']);
  });

  it('may be long', () => {
    const count = 200000;

    assert.strictEqual(
      extension.parse(`a${', a'.repeat(count)}`).a.length,
      count + 1
    );
    assert.strictEqual(
      extension.parse(`a; b="${'\\c'.repeat(count)}"`).a[0].b[0].length,
      count
    );
  });
});

describe('PerMessageDeflate', () => {
  const NAMES = [
    'server_no_context_takeover',
    'client_no_context_takeover',
    'server_max_window_bits',
    'client_max_window_bits'
  ];
  const VALUES = ['8', '9', '12', '15', '16', '7', '"11"', '1e1', '0xa', 'x'];

  function randomOptions(random) {
    const takeOver = [undefined, true, false];

    return {
      isServer: random(2) === 0,
      serverNoContextTakeover: takeOver[random(3)],
      clientNoContextTakeover: takeOver[random(3)],
      serverMaxWindowBits: BITS[random(BITS.length)],
      clientMaxWindowBits: BITS[random(BITS.length)]
    };
  }

  function randomOffer(random) {
    let offer = 'permessage-deflate';

    for (let i = random(4); i > 0; i--) {
      const name = random(40) === 0 ? 'other' : NAMES[random(NAMES.length)];
      const hasValue = random(name.endsWith('bits') ? 5 : 20) === 1;

      offer += `; ${name}`;
      if (hasValue || (name.endsWith('bits') && random(2) === 0)) {
        offer += `=${VALUES[random(VALUES.length)]}`;
      }
    }
    return offer;
  }

  it('offers what ws offers', () => {
    const random = makeRandom(3);

    for (let i = 0; i < 2000; i++) {
      const options = randomOptions(random);

      assert.deepStrictEqual(
        new PerMessageDeflate(options).offer(),
        new ws.PerMessageDeflate(options).offer()
      );
    }
  });

  it('agrees to what ws agrees to, and refuses with the same words', () => {
    const random = makeRandom(5);
    const seen = new Set();

    for (let i = 0; i < 30000; i++) {
      const options = randomOptions(random);
      const offers = [randomOffer(random)];

      if (random(2) === 0) offers.push(randomOffer(random));

      const header = offers.join(', ');
      const accept = (Class) => () => {
        const configurations = extension.parse(header)['permessage-deflate'];
        const instance = new Class(options);
        const accepted = instance.accept(configurations);

        assert.strictEqual(instance.params, accepted);
        assert.ok(configurations.includes(accepted));
        return accepted;
      };
      const expected = outcome(accept(ws.PerMessageDeflate));

      assert.strictEqual(
        outcome(accept(PerMessageDeflate)),
        expected,
        `${JSON.stringify(options)} ${header}`
      );
      seen.add(expected.startsWith('[') ? 'accepted' : expected.slice(0, 40));
    }
    assert.ok(seen.size > 8);
  });

  it('declines an offer of fewer window bits than it asks for', () => {
    const accept = (bits) =>
      new PerMessageDeflate({ isServer: true, clientMaxWindowBits: 10 }).accept(
        [{ client_max_window_bits: [bits] }]
      );

    assert.deepStrictEqual(accept('12'), { client_max_window_bits: 10 });
    assert.deepStrictEqual(accept(true), { client_max_window_bits: 10 });
    assert.throws(() => accept('9'), {
      message: 'None of the extension offers can be accepted'
    });
  });

  for (const [writer, Writer] of Object.entries(IMPLEMENTATIONS)) {
    for (const [reader, Reader] of Object.entries(IMPLEMENTATIONS)) {
      it(`is read by ${reader} where ${writer} compressed`, async () => {
        const text = JSON.stringify({ items: Array(200).fill('item') });

        for (const bits of [8, 9, 15]) {
          for (const isKept of [true, false]) {
            const parameters = () => ({
              server_max_window_bits: [`${bits}`],
              ...(isKept ? {} : { server_no_context_takeover: [true] })
            });
            const from = make(Writer, { isServer: true }, parameters());
            const to = make(Reader, {}, parameters());
            const lengths = [];

            for (let i = 0; i < 3; i++) {
              const first = await from.compress(text.slice(0, 700), false);
              const last = await from.compress(text.slice(700), true);
              const parts = [
                await to.decompress(first, false),
                await to.decompress(last, true)
              ];

              lengths.push(first.length + last.length);
              assert.strictEqual(Buffer.concat(parts).toString(), text);
            }
            if (bits === 15) {
              assert.strictEqual(lengths[2] < lengths[0], isKept);
            }
            from.instance.cleanup();
            to.instance.cleanup();
          }
        }
      });
    }
  }

  for (const [name, Class] of Object.entries(IMPLEMENTATIONS)) {
    describe(`of ${name}`, () => {
      it('compresses nothing to a byte', async () => {
        const { compress } = make(Class, { isServer: true });

        assert.deepStrictEqual(await compress('', true), Buffer.from([0]));
        assert.deepStrictEqual(await compress('', true), Buffer.from([0]));
      });

      it('takes the options of zlib', async () => {
        const options = { zlibDeflateOptions: { level: 0 } };
        const { compress, instance } = make(Class, options);
        const result = await compress('aaaaaaaaaaaaaaaaaaaa', true);

        assert.ok(result.length > 20);
        assert.strictEqual(instance._deflate._level, 0);
      });

      it('says what zlib says of garbage, and goes on', async () => {
        const { decompress } = make(Class, { isServer: true });

        await assert.rejects(decompress(Buffer.from([6]), true), {
          name: 'Error',
          message: 'invalid block type',
          code: 'Z_DATA_ERROR',
          errno: -3
        });
        assert.strictEqual(
          String(await decompress(Buffer.from('f248cdc9c90700', 'hex'), true)),
          'Hello'
        );
      });

      it('stops above maxPayload, and goes on', async () => {
        const options = { isServer: true, maxPayload: 25 };
        const { decompress } = make(Class, options);
        const bomb = zlib
          .deflateRawSync(Buffer.alloc(1000000), { finishFlush: 2 })
          .subarray(0, -4);

        for (let i = 0; i < 2; i++) {
          await assert.rejects(decompress(bomb, true), {
            name: 'RangeError',
            message: 'Max payload size exceeded',
            code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
          });
        }
        assert.strictEqual(
          String(await decompress(Buffer.from('f248cdc9c90700', 'hex'), true)),
          'Hello'
        );
      });

      it('begins anew behind a final block', async () => {
        const { decompress } = make(Class, { isServer: true });

        for (let i = 0; i < 12; i++) {
          assert.strictEqual(
            String(
              await decompress(Buffer.from('f348cdc9c9070000', 'hex'), true)
            ),
            'Hello'
          );
        }
        await assert.rejects(
          decompress(Buffer.from('f200110000', 'hex'), true),
          { message: 'invalid distance too far back' }
        );
      });

      it('ends what is being compressed when it is cleaned up', async () => {
        const { compress, instance } = make(Class, { isServer: true });
        const promise = compress('abc', true);

        instance.cleanup();
        await assert.rejects(promise, {
          message:
            'The deflate stream was closed while data was being processed'
        });
      });

      it('compresses many at a time', async () => {
        const all = Array.from({ length: 30 }, async (_, i) => {
          const { compress, decompress } = make(Class, { isServer: true });
          const text = `message ${i} `.repeat(50);
          const data = await compress(text, true);

          assert.strictEqual(String(await decompress(data, true)), text);
        });

        await Promise.all(all);
      });
    });
  }
});
