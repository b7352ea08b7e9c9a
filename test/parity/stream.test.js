'use strict';

const assert = require('node:assert');
const { Duplex } = require('node:stream');
const { pipeline } = require('node:stream/promises');

const frames = require('../support/frames');
const { WebSocket } = require('../support/implementation');
const { forEachTransport } = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  called,
  nextEvent,
  turns
} = require('../support/wait');

const { createWebSocketStream } = WebSocket;

describe('[server-surface] createWebSocketStream', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    /* A server whose connection is a stream, and a hand-made peer. */
    async function open(options) {
      const opened = await transport.open();
      const stream = createWebSocketStream(opened.ws, options);
      stream.on('error', () => {});
      return { ...opened, stream };
    }

    it('is a Duplex with the options given, less a few', async () => {
      const { stream } = await open({
        readableObjectMode: true,
        writableObjectMode: true,
        readableHighWaterMark: 7,
        autoDestroy: true
      });

      assert.ok(stream instanceof Duplex);
      assert.strictEqual(stream.readableObjectMode, true);
      assert.strictEqual(stream.writableObjectMode, false);
      assert.strictEqual(stream.readableHighWaterMark, 7);
    });

    it('reads text and binary messages as bytes', async () => {
      const { stream, peer } = await open();
      peer.write(frames.text('text '), frames.binary('binary'));
      peer.write(frames.close(1000));
      const chunks = [];
      for await (const chunk of stream) {
        assert.ok(Buffer.isBuffer(chunk));
        chunks.push(chunk);
        if (Buffer.concat(chunks).length === 11) peer.end();
      }

      assert.strictEqual(String(Buffer.concat(chunks)), 'text binary');
    });

    it('reads text as strings in object mode', async () => {
      const { stream, peer } = await open({ readableObjectMode: true });
      const first = nextEvent(stream, 'data');
      peer.write(frames.text('text'));
      assert.deepStrictEqual(await first, ['text']);
      const second = nextEvent(stream, 'data');
      peer.write(frames.binary('binary'));

      assert.deepStrictEqual(await second, [Buffer.from('binary')]);
    });

    it('writes each chunk as a message, binary', async () => {
      const { stream, peer } = await open();
      await called((done) => stream.write('string', done));
      await called((done) => stream.write(Buffer.from('buffer'), done));
      const got = await peer.nextFrames(2);

      assert.deepStrictEqual(
        got.map(({ opcode, payload }) => [opcode, payload.toString()]),
        [
          [frames.BINARY, 'string'],
          [frames.BINARY, 'buffer']
        ]
      );
    });

    it('writes text without decodeStrings', async () => {
      const { stream, peer } = await open({ decodeStrings: false });
      stream.write('string');

      assert.strictEqual((await peer.nextFrame()).opcode, frames.TEXT);
    });

    it('closes after what was written, at its end', async () => {
      const { stream, ws, peer } = await open();
      const finished = nextEvent(stream, 'finish');
      const closed = nextEvent(stream, 'close');
      stream.resume();
      stream.write('one');
      stream.end('two');
      const got = await peer.nextFrames(3);
      assert.deepStrictEqual(
        got.map(({ code, payload }) => code ?? payload.toString()),
        ['one', 'two', 1005]
      );
      peer.write(frames.close(1000));
      await peer.ended();
      peer.end();
      await finished;
      await closed;

      assert.strictEqual(ws.readyState, 3);
      assert.ok(stream.destroyed);
    });

    it('finishes with the closing handshake, then ends', async () => {
      const { stream, ws, peer } = await open();
      const log = [];
      const closed = nextEvent(stream, 'close');
      for (const event of ['finish', 'end', 'close']) {
        stream.on(event, () => log.push(`${event} ${ws.readyState}`));
      }
      stream.resume();
      stream.end();
      assert.strictEqual((await peer.nextFrame()).opcode, frames.CLOSE);
      peer.write(frames.close(1000));
      await peer.ended();
      peer.end();
      await closed;

      assert.deepStrictEqual(log, ['finish 2', 'end 3', 'close 3']);
    });

    it('finishes where the peer has closed before', async () => {
      const { stream, ws, peer } = await open();
      const finished = nextEvent(stream, 'finish');
      const closed = nextEvent(stream, 'close');
      stream.resume();
      ws._receiver.on('conclude', () => stream.end());
      peer.write(frames.close(1000));
      await finished;
      await peer.ended();
      peer.end();
      await closed;
    });

    it('ends when the peer closes', async () => {
      const { stream, peer } = await open();
      const ended = nextEvent(stream, 'end');
      stream.resume();
      peer.write(frames.close(1000));
      await peer.framesToEnd();
      peer.end();
      await ended;
    });

    it('is destroyed with an error of the connection', async () => {
      const { stream, peer } = await open();
      const error = nextEvent(stream, 'error');
      const closed = nextEvent(stream, 'close');
      peer.write(frames.frame(3));
      await peer.framesToEnd();
      peer.end();

      assert.strictEqual((await error)[0].code, 'WS_ERR_INVALID_OPCODE');
      await closed;
    });

    it('terminates the connection if it is destroyed', async () => {
      const { stream, ws } = await open();
      const closed = nextEvent(ws, 'close');
      const own = new Error('own');
      const error = nextEvent(stream, 'error');
      stream.destroy(own);

      assert.strictEqual((await closed)[0], 1006);
      assert.strictEqual((await error)[0], own);
    });

    it('fails a write after the close', async () => {
      const { stream, ws } = await open();
      ws.close();
      const [err] = await called((done) => stream.write('late', done));

      assert.strictEqual(
        err.message,
        'WebSocket is not open: readyState 2 (CLOSING)'
      );
    });

    it('pauses the connection while nobody reads', async () => {
      const { stream, ws, peer } = await open({ readableHighWaterMark: 10 });
      const sent = Array.from({ length: 200 }, (_, i) => `${i} `.repeat(2000));
      for (const one of sent) peer.write(frames.text(one));
      await turns(30);
      assert.strictEqual(ws.isPaused, true);
      peer.write(frames.close(1000));
      peer.end();
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);

      assert.strictEqual(String(Buffer.concat(chunks)), sent.join(''));
    });

    it('takes part in a pipeline as an echo', async () => {
      const { ws, client } = await transport.pair();
      const echo = createWebSocketStream(ws);
      const done = pipeline(echo, echo).catch(() => {});
      const got = [];
      client.on('message', (data) => got.push(String(data)));
      for (let i = 0; i < 50; i++) client.send(`${i}`);
      client.close();
      await done;

      assert.deepStrictEqual(
        got.join(','),
        Array.from({ length: got.length }, (_, i) => `${i}`).join(',')
      );
    });
  });
});
