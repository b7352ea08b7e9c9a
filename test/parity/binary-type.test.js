'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  called,
  nextEvent,
  nextEvents
} = require('../support/wait');

const TYPES = ['nodebuffer', 'arraybuffer', 'fragments', 'blob'];

/* A binary message in three fragments, one of them empty. */
const PARTS = [
  frames.binary('one', { fin: false }),
  frames.continuation('', { fin: false }),
  frames.continuation('two')
];

describe('[server-surface] binaryType', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('takes the four values and ignores the others', async () => {
      const { ws } = await transport.open();
      assert.strictEqual(ws.binaryType, 'nodebuffer');

      for (const type of TYPES) {
        ws.binaryType = type;
        for (const wrong of ['x', '', 'NodeBuffer', null, undefined, 1, {}]) {
          ws.binaryType = wrong;
          assert.strictEqual(ws.binaryType, type);
        }
      }
    });

    it('never touches text', async () => {
      const { ws, peer } = await transport.open();
      for (const type of TYPES) {
        ws.binaryType = type;
        const message = nextEvent(ws, 'message');
        peer.write(
          frames.text('te', { fin: false }),
          frames.continuation('xt')
        );

        assert.deepStrictEqual(await message, [Buffer.from('text'), false]);
      }
    });

    it('gives an ArrayBuffer of exactly the message', async () => {
      const { ws, peer } = await transport.open();
      ws.binaryType = 'arraybuffer';
      for (const list of [
        [frames.binary('onetwo')],
        PARTS,
        [frames.binary(Buffer.alloc(100000, 5))],
        [frames.binary('')]
      ]) {
        const message = nextEvent(ws, 'message');
        peer.write(...list);
        const [data, isBinary] = await message;

        assert.ok(data instanceof ArrayBuffer);
        assert.strictEqual(isBinary, true);
        const expected = { 6: 'onetwo', 0: '' }[data.byteLength];
        if (expected !== undefined) {
          assert.strictEqual(Buffer.from(data).toString(), expected);
        } else {
          assert.ok(Buffer.from(data).equals(Buffer.alloc(100000, 5)));
        }
      }
    });

    it('gives an array of the fragments that are not empty', async () => {
      const { ws, peer } = await transport.open();
      ws.binaryType = 'fragments';
      const messages = nextEvents(ws, 'message', 3);
      peer.write(...PARTS, frames.binary('whole'), frames.binary(''));
      const got = await messages;

      assert.deepStrictEqual(got, [
        [[Buffer.from('one'), Buffer.from('two')], true],
        [[Buffer.from('whole')], true],
        [[], true]
      ]);
      assert.ok(Buffer.isBuffer(got[0][0][0]));
    });

    it('gives a Blob', async () => {
      const { ws, peer } = await transport.open();
      ws.binaryType = 'blob';
      const message = nextEvent(ws, 'message');
      peer.write(...PARTS);
      const [data, isBinary] = await message;

      assert.ok(data instanceof Blob);
      assert.strictEqual(isBinary, true);
      assert.strictEqual(await data.text(), 'onetwo');
    });

    it('can be changed for the next message of a chunk', async () => {
      const { ws, peer } = await transport.open();
      const kinds = [];
      const types = ['arraybuffer', 'fragments', 'blob', 'nodebuffer'];
      const done = new Promise((resolve) => {
        ws.on('message', (data) => {
          kinds.push(data.constructor.name);
          if (types.length === 0) resolve();
          else ws.binaryType = types.shift();
        });
      });
      peer.write(...Array(5).fill(frames.binary('x')));
      await done;

      assert.deepStrictEqual(kinds, [
        'Buffer',
        'ArrayBuffer',
        'Array',
        'Blob',
        'Buffer'
      ]);
    });

    it('is what an event of the event target holds', async () => {
      const { ws, peer } = await transport.open();
      ws.binaryType = 'arraybuffer';
      const data = new Promise((resolve) => {
        ws.onmessage = (event) => resolve(event.data);
      });
      peer.write(frames.binary('x'));

      assert.ok((await data) instanceof ArrayBuffer);
    });

    it('never touches pings and pongs', async () => {
      const { ws, peer } = await transport.open();
      ws.binaryType = 'arraybuffer';
      const ping = nextEvent(ws, 'ping');
      peer.write(frames.ping('p'));

      assert.deepStrictEqual(await ping, [Buffer.from('p')]);
    });
  });
});

describe('[server-surface] sending a Blob', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('sends its bytes as binary, or as text if told so', async () => {
      const { ws, peer } = await transport.open();
      ws.send(new Blob(['one', Buffer.from('two')]));
      ws.send(new Blob(['text']), { binary: false });
      ws.send(new Blob([]));
      const got = await peer.nextFrames(3);

      assert.deepStrictEqual(
        got.map(({ opcode, payload }) => [opcode, payload.toString()]),
        [
          [frames.BINARY, 'onetwo'],
          [frames.TEXT, 'text'],
          [frames.BINARY, '']
        ]
      );
    });

    it('keeps the order of what is sent behind it', async () => {
      const { ws, peer } = await transport.open();
      const log = [];
      ws.send(new Blob(['1']), () => log.push(1));
      ws.send('2', () => log.push(2));
      ws.ping('3', () => log.push(3));
      ws.send(new Blob(['4']), () => log.push(4));
      ws.pong(new Blob(['5']), undefined, () => log.push(5));
      const last = called((done) => ws.send('6', done));
      ws.close(1000, '7');
      const got = await peer.nextFrames(7);
      await last;

      assert.deepStrictEqual(
        got.map(({ payload, reason }) => reason ?? payload.toString()),
        ['1', '2', '3', '4', '5', '6', '7']
      );
      assert.deepStrictEqual(log, [1, 2, 3, 4, 5]);
    });

    it('counts it, and what waits behind it, as buffered', async () => {
      const { ws, peer } = await transport.open();
      const before = ws.bufferedAmount;
      ws.send(new Blob(['12345']));
      assert.strictEqual(ws.bufferedAmount, before + 5);
      ws.send('123');
      assert.strictEqual(ws.bufferedAmount, before + 8);
      ws.ping('12');
      assert.strictEqual(ws.bufferedAmount, before + 10);
      const last = called((done) => ws.send('', done));
      await peer.nextFrames(4);
      await last;

      assert.strictEqual(ws.bufferedAmount, 0);
    });

    it('refuses one above 125 bytes in a ping', async () => {
      const { ws } = await transport.open();

      assert.throws(() => ws.ping(new Blob(['x'.repeat(126)])), {
        name: 'RangeError'
      });
    });

    it('counts its size when sent while closing', async () => {
      const { ws } = await transport.open();
      ws.close();
      const before = ws.bufferedAmount;
      ws.send(new Blob(['12345']));

      assert.strictEqual(ws.bufferedAmount, before + 5);
    });

    it('tells all that waited if the connection died', async () => {
      const { ws } = await transport.open();
      const calls = [
        called((done) => ws.send(new Blob(['1']), done)),
        called((done) => ws.send('2', done)),
        called((done) => ws.ping('3', done))
      ];
      ws.terminate();

      for (const [err] of await Promise.all(calls)) {
        assert.strictEqual(
          err.message,
          'The socket was closed while the blob was being read'
        );
      }
    });
  });
});
