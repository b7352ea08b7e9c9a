'use strict';

const assert = require('node:assert');
const zlib = require('node:zlib');

const frames = require('../support/frames');
const implementation = require('../support/implementation');
const { forEachTransport, onRelease } = require('../support/transports');
const { TEST_TIMEOUT_MS, called, nextEvent } = require('../support/wait');

const HELLO = Buffer.from('f248cdc9c90700', 'hex');
const HELLO_AGAIN = Buffer.from('f200110000', 'hex');
const OFFER = 'permessage-deflate';
const RSV1 = 4;
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

const request = (extensions) => ({
  headers: { 'Sec-WebSocket-Extensions': extensions }
});
const compressed = (payload, options) =>
  frames.text(payload, { rsv: RSV1, ...options });

function deflate(data) {
  return zlib
    .deflateRawSync(data, { finishFlush: zlib.constants.Z_SYNC_FLUSH })
    .subarray(0, -TAIL.length);
}

/* What the frames of one message inflate to, by themselves. */
function inflate(...parts) {
  return zlib
    .inflateRawSync(Buffer.concat([...parts, TAIL]), {
      finishFlush: zlib.constants.Z_SYNC_FLUSH
    })
    .toString();
}

function json(length) {
  let text = '';

  for (let i = 0; text.length < length; i++) {
    text += JSON.stringify({ id: (i * 7919) % 1000, user: `user-${i % 97}` });
  }
  return text.slice(0, length);
}

function answerIn(head) {
  return /^Sec-WebSocket-Extensions: (.*)$/m.exec(head)?.[1];
}

describe('[server-surface] permessage-deflate', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    const listen = (perMessageDeflate, options) =>
      transport.listen({ perMessageDeflate, ...options });

    async function accepted(perMessageDeflate, offer = OFFER, options) {
      const endpoint = await listen(perMessageDeflate, options);

      return endpoint.accepted(request(offer));
    }

    describe('the handshake', () => {
      for (const [options, offer, answer] of [
        [false, OFFER, undefined],
        [true, 'other, x; y=1', undefined],
        [true, OFFER, 'permessage-deflate'],
        [true, `${OFFER}; client_max_window_bits`, 'permessage-deflate'],
        [
          true,
          `${OFFER}; server_max_window_bits=10; client_no_context_takeover`,
          'permessage-deflate; server_max_window_bits=10; ' +
            'client_no_context_takeover'
        ],
        [
          { serverNoContextTakeover: true, clientNoContextTakeover: true },
          OFFER,
          'permessage-deflate; server_no_context_takeover; ' +
            'client_no_context_takeover'
        ],
        [
          { serverMaxWindowBits: 11, clientMaxWindowBits: 12 },
          `${OFFER}, ${OFFER}; client_max_window_bits`,
          'permessage-deflate; client_max_window_bits=12; ' +
            'server_max_window_bits=11'
        ]
      ]) {
        it(`answers ${offer} with ${answer}`, async () => {
          const endpoint = await listen(options);
          const connection = nextEvent(endpoint.wss, 'connection');
          const peer = await endpoint.raw();
          const head = await peer.upgrade(request(offer));
          const [ws] = await connection;

          assert.strictEqual(answerIn(head), answer);
          assert.strictEqual(ws.extensions, answer === undefined ? '' : OFFER);
        });
      }

      it('joins the headers of an offer that comes in two', async () => {
        const endpoint = await listen(true);
        const peer = await endpoint.raw();
        const head = await peer.upgrade(
          request(['other', `${OFFER}; server_max_window_bits=9`])
        );

        assert.strictEqual(
          answerIn(head),
          'permessage-deflate; server_max_window_bits=9'
        );
      });

      for (const offer of [
        `${OFFER}; x`,
        `${OFFER}; server_max_window_bits=7`,
        `${OFFER}; server_max_window_bits=8; server_max_window_bits=8`,
        'a,',
        ''
      ]) {
        it(`refuses "${offer}"`, async () => {
          const endpoint = await listen(true);
          const peer = await endpoint.raw();
          const head = await peer.upgrade(request(offer));

          assert.ok(head.startsWith('HTTP/1.1 400 '), head);
          assert.strictEqual(
            String(await peer.readToEnd()),
            'Invalid or unacceptable Sec-WebSocket-Extensions header'
          );
        });
      }

      it('tells the application what it refuses', async () => {
        const endpoint = await listen(true);
        const told = called((fn) => endpoint.wss.once('wsClientError', fn));
        const peer = await endpoint.raw();

        peer.upgrade(request(`${OFFER}; x`)).catch(() => {});

        const [err, socket] = await told;

        assert.strictEqual(
          err.message,
          'Invalid or unacceptable Sec-WebSocket-Extensions header'
        );
        socket.destroy();
      });

      it('ignores what is offered where nothing is to be agreed on', async () => {
        const endpoint = await listen(false);

        await endpoint.accepted(request('a,'));
      });
    });

    describe('receiving', () => {
      it('takes over the context', async () => {
        const { ws, peer } = await accepted(true);
        const messages = [];
        const both = called((fn) =>
          ws.on('message', (data, isBinary) => {
            messages.push([String(data), isBinary]);
            if (messages.length === 2) fn();
          })
        );

        peer.write(compressed(HELLO));
        peer.write(frames.binary(HELLO_AGAIN, { rsv: RSV1 }));
        await both;
        assert.deepStrictEqual(messages, [
          ['Hello', false],
          ['Hello', true]
        ]);
      });

      it('takes fragments with control frames between them', async () => {
        const { ws, peer } = await accepted(true);
        const message = nextEvent(ws, 'message');
        const ping = nextEvent(ws, 'ping');

        peer.write(
          compressed(HELLO.subarray(0, 3), { fin: false }),
          frames.ping('p'),
          frames.continuation(HELLO.subarray(3))
        );

        assert.strictEqual(String((await ping)[0]), 'p');
        assert.strictEqual(String((await message)[0]), 'Hello');
      });

      it('takes plain messages, too', async () => {
        const { ws, peer } = await accepted(true);
        const message = nextEvent(ws, 'message');

        peer.write(frames.text('plain'));
        assert.strictEqual(String((await message)[0]), 'plain');
      });

      for (const [what, bytes, limit, expected] of [
        [
          'garbage',
          compressed(Buffer.from([6])),
          0,
          {
            name: 'Error',
            message: 'invalid block type',
            code: 'Z_DATA_ERROR',
            errno: -3,
            status: 1007
          }
        ],
        [
          'a reference to what never was',
          compressed(HELLO_AGAIN),
          0,
          {
            name: 'Error',
            message: 'invalid distance too far back',
            code: 'Z_DATA_ERROR',
            errno: -3,
            status: 1007
          }
        ],
        [
          'a bomb',
          compressed(deflate(Buffer.alloc(1 << 20))),
          65536,
          {
            name: 'RangeError',
            message: 'Max payload size exceeded',
            code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
            errno: undefined,
            status: 1009
          }
        ],
        [
          'text that inflates to no UTF-8',
          compressed(deflate(Buffer.from([0xff]))),
          0,
          {
            name: 'Error',
            message: 'Invalid WebSocket frame: invalid UTF-8 sequence',
            code: 'WS_ERR_INVALID_UTF8',
            errno: undefined,
            status: 1007
          }
        ],
        [
          'RSV1 on a continuation',
          Buffer.concat([
            compressed(HELLO, { fin: false }),
            frames.continuation('', { rsv: RSV1 })
          ]),
          0,
          {
            name: 'RangeError',
            message: 'Invalid WebSocket frame: RSV1 must be clear',
            code: 'WS_ERR_UNEXPECTED_RSV_1',
            errno: undefined,
            status: 1002
          }
        ]
      ]) {
        it(`refuses ${what}`, async () => {
          const options = { maxPayload: limit };
          const { ws, peer } = await accepted(true, OFFER, options);
          const error = nextEvent(ws, 'error');
          const closed = nextEvent(ws, 'close');

          peer.write(bytes);

          const [{ name, message, code, errno }] = await error;
          const { status, ...rest } = expected;
          const [frame] = await peer.framesToEnd();

          assert.deepStrictEqual({ name, message, code, errno }, rest);
          assert.strictEqual(frame.code, status);
          peer.end();
          assert.strictEqual((await closed)[0], 1006);
        });
      }

      it('delivers what came before garbage', async () => {
        const { ws, peer } = await accepted(true);
        const events = [];

        ws.on('message', (data) => events.push(String(data)));
        ws.on('error', (err) => events.push(err.code));
        peer.write(compressed(HELLO), compressed(Buffer.from([6])));
        await peer.framesToEnd();
        assert.deepStrictEqual(events, ['Hello', 'Z_DATA_ERROR']);
      });

      it('delivers what came before a close frame', async () => {
        const { ws, peer } = await accepted(true);
        const events = [];
        const closed = nextEvent(ws, 'close');

        ws.on('message', (data) => events.push(String(data)));
        ws.on('close', (code) => events.push(code));
        peer.write(compressed(HELLO), frames.close(1001));
        await peer.framesToEnd();
        peer.end();
        await closed;
        assert.deepStrictEqual(events, ['Hello', 1001]);
      });
    });

    describe('sending', () => {
      it('compresses', async () => {
        const { ws, peer } = await accepted(true);

        ws.send('Hello');
        ws.send(Buffer.from('Hello'));

        const [first, second] = await peer.nextFrames(2);

        assert.deepStrictEqual(
          [first.rsv, first.opcode, first.payload],
          [RSV1, frames.TEXT, HELLO]
        );
        assert.deepStrictEqual(
          [second.rsv, second.opcode],
          [RSV1, frames.BINARY]
        );
        assert.ok(second.payload.length <= HELLO_AGAIN.length);
        assert.strictEqual(inflate(HELLO, TAIL, second.payload), 'HelloHello');
      });

      it('takes nothing over where that was agreed', async () => {
        const offer = `${OFFER}; server_no_context_takeover`;
        const { ws, peer } = await accepted({ threshold: 0 }, offer);

        for (let i = 0; i < 2; i++) {
          ws.send('Hello');
          assert.deepStrictEqual((await peer.nextFrame()).payload, HELLO);
        }
      });

      it('leaves short messages alone then', async () => {
        const offer = `${OFFER}; server_no_context_takeover`;
        const { ws, peer } = await accepted(true, offer);

        for (const length of [1023, 1024]) {
          const text = json(length);
          const euros = '\u20ac'.repeat(length / 3);

          for (const data of [text, Buffer.from(text), euros]) {
            ws.send(data);

            const frame = await peer.nextFrame();

            assert.strictEqual(
              frame.rsv,
              Buffer.byteLength(data) >= 1024 ? RSV1 : 0
            );
          }
        }
      });

      it('does not compress what is not to be compressed', async () => {
        const { ws, peer } = await accepted(true);

        for (const compress of [false, undefined, 0, null, true, 1]) {
          ws.send('Hello', { compress });

          const frame = await peer.nextFrame();

          assert.strictEqual(frame.rsv, compress ? RSV1 : 0);
        }
      });

      it('does not compress without an agreement', async () => {
        const { ws, peer } = await accepted(true, 'other');

        ws.send('Hello', { compress: true });

        const frame = await peer.nextFrame();

        assert.deepStrictEqual(
          [frame.rsv, String(frame.payload)],
          [0, 'Hello']
        );
      });

      it('decides for a message by its first fragment', async () => {
        const { ws, peer } = await accepted(true);

        ws.send('Hel', { fin: false });
        ws.ping('p');
        ws.send('lo', { compress: false });
        ws.send('Hel', { fin: false, compress: false });
        ws.send('lo', { compress: true });

        const got = await peer.nextFrames(5);

        assert.deepStrictEqual(
          got.map(({ opcode, rsv }) => [opcode, rsv]),
          [
            [frames.TEXT, RSV1],
            [frames.PING, 0],
            [frames.CONTINUATION, 0],
            [frames.TEXT, 0],
            [frames.CONTINUATION, 0]
          ]
        );
      });

      it('keeps the order of messages, pings and the close frame', async () => {
        const { ws, peer } = await accepted(true);
        const text = json(200000);

        ws.send(text);
        ws.ping('p');
        ws.send('plain', { compress: false });
        ws.close(1000);

        const got = await peer.nextFrames(4);

        assert.deepStrictEqual(
          got.map(({ opcode, rsv }) => [opcode, rsv]),
          [
            [frames.TEXT, RSV1],
            [frames.PING, 0],
            [frames.TEXT, 0],
            [frames.CLOSE, 0]
          ]
        );
        assert.strictEqual(inflate(got[0].payload), text);
      });

      it('compresses with the options given to zlib', async () => {
        const options = { zlibDeflateOptions: { level: 0 } };
        const { ws, peer } = await accepted(options);
        const text = json(5000);

        ws.send(text);

        const frame = await peer.nextFrame();

        assert.ok(frame.payload.length > text.length);
        assert.strictEqual(inflate(frame.payload), text);
      });

      it('calls back when the message is written', async () => {
        const { ws, peer } = await accepted(true);
        const text = json(200000);
        const err = await new Promise((resolve) => ws.send(text, resolve));

        assert.ok(!err);
        assert.strictEqual(ws.bufferedAmount, 0);
        assert.strictEqual(inflate((await peer.nextFrame()).payload), text);
      });
    });

    for (const bits of [8, 9, 12, 15]) {
      for (const takesOver of [true, false]) {
        it(`is understood by ws: ${bits} bits, ${takesOver}`, async () => {
          const endpoint = await listen({
            serverMaxWindowBits: bits,
            clientMaxWindowBits: bits,
            serverNoContextTakeover: !takesOver,
            clientNoContextTakeover: !takesOver,
            threshold: 0
          });

          endpoint.wss.on('connection', (ws) => {
            ws.on('message', (data, isBinary) => {
              ws.send(isBinary ? data : String(data));
            });
          });

          const { client } = await endpoint.connected('/', [], {
            perMessageDeflate: { threshold: 0 }
          });

          assert.strictEqual(client.extensions, OFFER);
          for (const length of [0, 1, 126, 3000, 70000, 300000]) {
            for (let i = 0; i < 2; i++) {
              const echo = nextEvent(client, 'message');

              client.send(json(length));

              const [data] = await echo;

              assert.strictEqual(String(data), json(length));
            }
          }
        });
      }
    }
  });

  it('is offered by a client by default', async () => {
    const { WebSocket, WebSocketServer } = implementation;
    const wss = new WebSocketServer({ port: 0, perMessageDeflate: true });

    onRelease(() => wss.close());
    await nextEvent(wss, 'listening');

    const connection = nextEvent(wss, 'connection');
    const client = new WebSocket(`ws://localhost:${wss.address().port}`);
    const [ws, req] = await connection;
    const message = nextEvent(ws, 'message');

    await nextEvent(client, 'open');
    client.send(json(3000));
    assert.strictEqual(
      req.headers['sec-websocket-extensions'],
      'permessage-deflate; client_max_window_bits'
    );
    assert.strictEqual(client.extensions, OFFER);
    assert.strictEqual(String((await message)[0]), json(3000));
    client.terminate();
    ws.terminate();
    await new Promise((resolve) => wss.close(resolve));
  });
});
