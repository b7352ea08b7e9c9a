'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, called, nextEvent } = require('../support/wait');

const PART = { fin: false };

const shape = ({ opcode, fin, payload }) => [opcode, fin, payload.toString()];

describe('[server-surface] sending in fragments', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('has the opcode on the first fragment only', async () => {
      const { ws, peer } = await transport.open();
      ws.send('one ', PART);
      ws.send('two ', PART);
      ws.send('three', { fin: true });
      ws.send('whole');
      const got = await peer.nextFrames(4);

      assert.deepStrictEqual(got.map(shape), [
        [frames.TEXT, false, 'one '],
        [frames.CONTINUATION, false, 'two '],
        [frames.CONTINUATION, true, 'three'],
        [frames.TEXT, true, 'whole']
      ]);
    });

    it('takes the type of the first fragment, whatever follows', async () => {
      const { ws, peer } = await transport.open();
      ws.send('a', { fin: false, binary: true });
      ws.send('b', { fin: true, binary: false });
      ws.send(Buffer.from('c'), { fin: false, binary: false });
      ws.send(Buffer.from('d'));
      const got = await peer.nextFrames(4);

      assert.deepStrictEqual(got.map(shape), [
        [frames.BINARY, false, 'a'],
        [frames.CONTINUATION, true, 'b'],
        [frames.TEXT, false, 'c'],
        [frames.CONTINUATION, true, 'd']
      ]);
    });

    it('sends empty fragments', async () => {
      const { ws, peer } = await transport.open();
      ws.send('', PART);
      ws.send('', PART);
      ws.send('');
      const got = await peer.nextFrames(3);

      assert.deepStrictEqual(got.map(shape), [
        [frames.TEXT, false, ''],
        [frames.CONTINUATION, false, ''],
        [frames.CONTINUATION, true, '']
      ]);
    });

    it('lets control frames between them', async () => {
      const { ws, peer } = await transport.open();
      ws.send('a', PART);
      ws.ping('p');
      ws.send('b', PART);
      ws.pong('q');
      ws.close(1000);
      const got = await peer.nextFrames(5);

      assert.deepStrictEqual(
        got.map(({ opcode }) => opcode),
        [
          frames.TEXT,
          frames.PING,
          frames.CONTINUATION,
          frames.PONG,
          frames.CLOSE
        ]
      );
    });

    it('counts undefined as fin, as ws does', async () => {
      const { ws, peer } = await transport.open();
      ws.send('a', { fin: undefined });
      const frame = await peer.nextFrame();

      assert.strictEqual(frame.fin, false);
    });

    it('calls back for each fragment', async () => {
      const { ws, peer } = await transport.open();
      await called((done) => ws.send('a', PART, done));
      await called((done) => ws.send('b', done));

      assert.strictEqual((await peer.nextFrames(2)).length, 2);
    });

    it('is joined by a client of ws', async () => {
      const { ws, client } = await transport.pair();
      const message = nextEvent(client, 'message');
      for (let i = 0; i < 100; i++) ws.send('x'.repeat(1000), PART);
      ws.send('');

      assert.strictEqual((await message)[0].length, 100000);
    });

    it('can mask what it sends', async () => {
      const { ws, peer } = await transport.open();
      ws.send('masked', { mask: true });
      ws.send(Buffer.alloc(70000, 'm'), { mask: true });
      ws.ping('p', true);
      ws.pong('q', true);
      ws.ping('clear', false);
      const got = await peer.nextFrames(5);

      assert.deepStrictEqual(
        got.map(({ isMasked }) => isMasked),
        [true, true, true, true, false]
      );
      assert.strictEqual(got[0].payload.toString(), 'masked');
      assert.ok(got[1].payload.equals(Buffer.alloc(70000, 'm')));
      assert.strictEqual(got[2].payload.toString(), 'p');
    });

    it('does not change a Buffer that it masks', async () => {
      const { ws, peer } = await transport.open();
      const data = Buffer.from('untouched');
      ws.send(data, { mask: true });
      const frame = await peer.nextFrame();

      assert.strictEqual(frame.payload.toString(), 'untouched');
      assert.strictEqual(data.toString(), 'untouched');
    });

    it('ignores compress without the extension', async () => {
      const { ws, peer } = await transport.open();
      ws.send('plain', { compress: true });
      const frame = await peer.nextFrame();

      assert.deepStrictEqual([frame.rsv, `${frame.payload}`], [0, 'plain']);
    });

    it('tolerates options that are none', async () => {
      const { ws, peer } = await transport.open();
      ws.send('a', 'utf8');
      ws.send('b', null);
      ws.send('c', 5);
      const got = await peer.nextFrames(3);

      assert.deepStrictEqual(got.map(shape), [
        [frames.TEXT, true, 'a'],
        [frames.TEXT, true, 'b'],
        [frames.TEXT, true, 'c']
      ]);
    });
  });
});
