'use strict';

const assert = require('node:assert');

const { forEachClientTransport } = require('../support/client-transports');
const frames = require('../support/frames');
const { WebSocket } = require('../support/implementation');
const { eventsOf } = require('../support/record');
const {
  TEST_TIMEOUT_MS,
  called,
  nextEvent,
  nextEvents,
  turns,
  until
} = require('../support/wait');

const bare = { mask: false };
const SIZES = [0, 1, 125, 126, 127, 4096, 65535, 65536, 65537, 1 << 20];

/* Sends everything back. */
function echo(socket) {
  socket.on('message', (data, isBinary) =>
    socket.send(data, { binary: isBinary })
  );
}

describe('[client] messages', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport((transport) => {
    it('of every form of length come back, binary and text', async () => {
      const { client, peer } = await transport.pair();
      echo(peer);
      const got = nextEvents(client, 'message', 2 * SIZES.length);
      for (const size of SIZES) {
        client.send(Buffer.alloc(size, size % 251));
        client.send('é'.repeat(size / 2));
      }

      const seen = await got;
      SIZES.forEach((size, i) => {
        const [[binary, isBinary], [text, isText]] = seen.slice(2 * i);
        assert.strictEqual(isBinary, true);
        assert.ok(binary.equals(Buffer.alloc(size, size % 251)), `${size}`);
        assert.strictEqual(isText, false);
        assert.strictEqual(String(text), 'é'.repeat(size / 2));
      });
    });

    it('of 16 MiB come back', async () => {
      const { client, peer } = await transport.pair();
      echo(peer);
      const data = Buffer.alloc(16 << 20, 'some bytes');
      const answer = nextEvent(client, 'message');
      client.send(data);

      assert.ok((await answer)[0].equals(data));
    });

    it('keep their order, many at a time', async () => {
      const { client, peer } = await transport.pair();
      echo(peer);
      const texts = Array.from({ length: 5000 }, (_, i) => `number ${i}`);
      const got = nextEvents(client, 'message', texts.length);
      for (const text of texts) client.send(text);

      assert.deepStrictEqual(
        (await got).map(([data]) => String(data)),
        texts
      );
    });

    it('may be made of fragments, control frames in between', async () => {
      const { client, peer } = await transport.open();
      const message = nextEvent(client, 'message');
      const ping = nextEvent(client, 'ping');
      peer.write(
        frames.text('fr', { ...bare, fin: false }),
        frames.ping('p', bare),
        frames.continuation('agm', { ...bare, fin: false }),
        frames.continuation('', { ...bare, fin: false }),
        frames.continuation('ents', bare)
      );

      assert.deepStrictEqual(await ping, [Buffer.from('p')]);
      assert.strictEqual(String((await message)[0]), 'fragments');
      assert.strictEqual((await peer.nextFrame()).opcode, frames.PONG);
    });

    it('come as binaryType asks', async () => {
      const { client, peer } = await transport.open();
      const bytes = frames.binary('abc', bare);
      for (const [type, isRight] of [
        ['arraybuffer', (data) => data instanceof ArrayBuffer],
        ['fragments', (data) => Array.isArray(data) && data.length === 1],
        ['blob', (data) => data instanceof Blob],
        ['nodebuffer', (data) => Buffer.isBuffer(data)]
      ]) {
        client.binaryType = type;
        const message = nextEvent(client, 'message');
        peer.write(bytes);
        assert.ok(isRight((await message)[0]), type);
      }
    });

    it('may be anything that ws takes', async () => {
      const { client, peer } = await transport.open();
      const bytes = Buffer.from('abcd');
      client.send(42);
      client.send(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 4));
      client.send(new Uint16Array(2));
      client.send(new DataView(new ArrayBuffer(3)));
      client.send(null);
      client.send([1, 2]);
      client.send(new Blob(['blob']));
      client.send('behind');
      const got = await peer.nextFrames(8);

      assert.deepStrictEqual(
        got.map(({ opcode, payload }) => [opcode, payload.toString('latin1')]),
        [
          [1, '42'],
          [2, 'abcd'],
          [2, '\0\0\0\0'],
          [2, '\0\0\0'],
          [2, ''],
          [2, '\x01\x02'],
          [2, 'blob'],
          [1, 'behind']
        ]
      );
    });

    it('are called back for once they are written', async () => {
      const { client, peer } = await transport.open();
      const order = [];
      for (let i = 0; i < 5; i++) client.send('x', () => order.push(i));
      assert.deepStrictEqual(order, []);
      await peer.nextFrames(5);
      await called((cb) => client.ping('', cb));

      assert.deepStrictEqual(order, [0, 1, 2, 3, 4]);
    });

    it('wait for a pause to end', async () => {
      const { client, peer } = await transport.open();
      const seen = [];
      client.on('message', (data) => seen.push(String(data)));
      client.pause();
      assert.strictEqual(client.isPaused, true);
      peer.write(frames.text('1', bare));
      await turns(10);
      peer.write(frames.text('2', bare));
      await turns(10);
      assert.ok(seen.length < 2);
      client.resume();
      assert.strictEqual(client.isPaused, false);
      await until(() => seen.length === 2, 'the messages');

      assert.deepStrictEqual(seen, ['1', '2']);
    });

    it('come one in a turn without allowSynchronousEvents', async () => {
      const { client, peer } = await transport.open({
        allowSynchronousEvents: false
      });
      const seen = [];
      const both = nextEvents(client, 'message', 3);
      client.on('message', () => {
        seen.push('message');
        setImmediate(() => seen.push('turn'));
      });
      peer.write(...['1', '2', '3'].map((text) => frames.text(text, bare)));
      await both;

      assert.deepStrictEqual(seen.slice(0, 4), [
        'message',
        'turn',
        'message',
        'turn'
      ]);
    });

    it('are told of by the events of the browser', async () => {
      const { client, peer } = await transport.pair();
      const seen = [];
      client.onmessage = ({ data, type, target }) =>
        seen.push([type, data, target === client]);
      client.addEventListener('close', ({ code, reason, wasClean }) =>
        seen.push([code, reason, wasClean])
      );
      peer.send('text');
      peer.close(4000, 'end');
      await nextEvent(client, 'close');

      assert.deepStrictEqual(seen, [
        ['message', 'text', true],
        [4000, 'end', true]
      ]);
    });

    it('may go through a stream', async function () {
      if (WebSocket.createWebSocketStream === undefined) this.skip();
      const server = await transport.serve({}, echo);
      const client = server.client();
      const stream = WebSocket.createWebSocketStream(client, {
        encoding: 'utf8'
      });
      stream.write('early');
      const [text] = await nextEvent(stream, 'data');
      stream.end();
      await nextEvent(stream, 'close');

      assert.strictEqual(text, 'early');
      assert.strictEqual(client.readyState, 3);
    });
  });
});

describe('[client] pings', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport((transport) => {
    it('are answered, masked', async () => {
      const { client, peer } = await transport.open();
      const pings = nextEvents(client, 'ping', 2);
      peer.write(frames.ping('', bare), frames.ping('a'.repeat(125), bare));
      const [first, second] = await peer.nextFrames(2);

      assert.strictEqual(first.opcode, frames.PONG);
      assert.strictEqual(first.payload.length, 0);
      assert.strictEqual(second.payload.length, 125);
      assert.ok(first.isMasked && second.isMasked);
      await pings;
    });

    it('are not answered with autoPong: false', async () => {
      const { client, peer } = await transport.open({ autoPong: false });
      const ping = nextEvent(client, 'ping');
      peer.write(frames.ping('x', bare));
      await ping;
      client.send('next');

      assert.strictEqual((await peer.nextFrame()).opcode, frames.TEXT);
    });

    it('are sent and their pongs told of', async () => {
      const { client } = await transport.pair();
      const pong = nextEvent(client, 'pong');
      client.ping('are you there');

      assert.deepStrictEqual(await pong, [Buffer.from('are you there')]);
    });
  });
});

describe('[client] closing', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport((transport) => {
    it('is agreed on, whoever begins', async () => {
      for (const beginner of ['client', 'peer']) {
        const pair = await transport.pair();
        const ends = [eventsOf(pair.client), eventsOf(pair.peer)];
        pair[beginner].close(4001, 'grüße');
        const closed = [['close', 4001, 'grüße', 3]];

        assert.deepStrictEqual(await Promise.all(ends), [closed, closed]);
      }
    });

    it('without a code is 1005', async () => {
      const { client, peer } = await transport.pair();
      const ends = [eventsOf(client), eventsOf(peer)];
      client.close();
      const closed = [['close', 1005, '', 3]];

      assert.deepStrictEqual(await Promise.all(ends), [closed, closed]);
    });

    it('comes behind what was sent before', async () => {
      const { client, peer } = await transport.pair();
      const events = eventsOf(peer);
      client.send('one');
      client.send('two');
      client.close(1000);

      assert.deepStrictEqual(await events, [
        ['message', 'one', 1],
        ['message', 'two', 1],
        ['close', 1000, '', 3]
      ]);
    });

    it('still delivers what the peer had sent', async () => {
      const { client, peer } = await transport.open();
      const events = eventsOf(client);
      client.close(1000);
      await peer.nextFrame();
      peer.write(
        frames.text('late', bare),
        frames.close(1000, '', bare),
        frames.text('too late', bare)
      );
      await peer.ended();
      peer.end();

      assert.deepStrictEqual(await events, [
        ['message', 'late', 2],
        ['close', 1000, '', 3]
      ]);
    });

    it('ends our side first once both frames are there', async () => {
      const { client, peer } = await transport.open();
      const closed = nextEvent(client, 'close');
      peer.write(frames.close(1000, 'x', bare));
      const answer = await peer.nextFrame();

      assert.strictEqual(answer.code, 1000);
      assert.strictEqual(answer.reason, 'x');
      await peer.ended();
      peer.end();
      assert.deepStrictEqual(await closed, [1000, Buffer.from('x')]);
    });

    it('of the peer without a frame is 1006', async () => {
      for (const method of ['end', 'destroy']) {
        const { client, peer } = await transport.open();
        const events = eventsOf(client);
        peer[method]();

        assert.deepStrictEqual(await events, [['close', 1006, '', 3]]);
      }
    });

    it('by terminate() is 1006 at both ends', async () => {
      const { client, peer } = await transport.pair();
      const ends = [eventsOf(client), eventsOf(peer)];
      client.terminate();
      assert.strictEqual(client.readyState, 2);
      const closed = [['close', 1006, '', 3]];

      assert.deepStrictEqual(await Promise.all(ends), [closed, closed]);
    });

    it('is given up after closeTimeout', async () => {
      const { client, peer } = await transport.open({ closeTimeout: 50 });
      const events = eventsOf(client);
      client.close(1000);
      await peer.nextFrame();

      assert.deepStrictEqual(await events, [['close', 1006, '', 3]]);
    });

    for (const [code, reason, error] of [
      [1006, undefined, 'First argument must be a valid error code number'],
      ['1000', undefined, 'First argument must be a valid error code number'],
      [1000, 'x'.repeat(124), 'The message must not be greater than 123 bytes']
    ]) {
      it(`with ${JSON.stringify(code)} and ${reason?.length ?? 'no'} bytes throws`, async () => {
        const { client, peer } = await transport.open();
        assert.throws(() => client.close(code, reason), { message: error });
        assert.strictEqual(client.readyState, 1);
        client.send('still open');

        assert.strictEqual((await peer.nextFrame()).opcode, frames.TEXT);
      });
    }

    it('in a listener of open is done at once', async () => {
      const server = await transport.hostile();
      const client = server.client();
      client.on('open', () => client.close(1000, 'enough'));
      const peer = await server.upgraded();
      const frame = await peer.nextFrame();

      assert.strictEqual(frame.code, 1000);
      assert.strictEqual(frame.reason, 'enough');
    });

    it('leaves sending to fail', async () => {
      const { client } = await transport.open();
      client.close();
      const [err] = await called((cb) => client.send('1234', cb));

      assert.strictEqual(
        err.message,
        'WebSocket is not open: readyState 2 (CLOSING)'
      );
    });
  });

  forEachClientTransport(
    (transport) => {
      it('by terminate() fails what is not written yet', async () => {
        const { client, peer } = await transport.open();
        const results = [];
        peer.socket.pause();
        const data = Buffer.alloc(1 << 20);
        for (let i = 0; i < 40; i++)
          client.send(data, (err) => results.push(err));
        await turns(5);
        assert.ok(client.bufferedAmount > 0);
        const closed = nextEvent(client, 'close');
        client.terminate();
        await closed;
        await until(() => results.length === 40, 'the callbacks');

        assert.ok(results.at(-1) instanceof Error);
        assert.strictEqual(client.readyState, 3);
      });
    },
    ['tcp', 'unix']
  );
});
