'use strict';

const assert = require('node:assert');

const { forEachClientTransport } = require('../support/client-transports');
const { TEST_TIMEOUT_MS, nextEvent, turns } = require('../support/wait');

/* Makes the peer keep the bytes of each frame, as they came. */
function wire(peer) {
  const chunks = [];
  peer.socket.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks);
}

/* The key of a frame with a payload of fewer than 126 bytes. */
const keyAt = (bytes, start) => bytes.subarray(start + 2, start + 6);

describe('[client] masking', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport((transport) => {
    it('is done to every frame, with a key of its own', async () => {
      const { client, peer } = await transport.open();
      const bytes = wire(peer);
      const count = 3000; // more than are drawn at once
      for (let i = 0; i < count; i++) client.send('');
      const got = await peer.nextFrames(count);

      assert.ok(got.every(({ isMasked }) => isMasked));
      const keys = new Set();
      for (let i = 0; i < count; i++) {
        keys.add(keyAt(bytes(), i * 6).readUInt32BE());
      }
      // Two of them may be equal by chance, not many.
      assert.ok(keys.size > count - 5, `${keys.size} keys`);
    });

    it('has keys of which no bit is always the same', async () => {
      const { client, peer } = await transport.open();
      const bytes = wire(peer);
      for (let i = 0; i < 500; i++) client.send('');
      await peer.nextFrames(500);
      let [ones, zeros] = [0, 0];
      for (let i = 0; i < 500; i++) {
        const key = keyAt(bytes(), i * 6).readUInt32BE();
        ones |= key;
        zeros |= ~key;
      }

      assert.strictEqual(ones >>> 0, 0xffffffff);
      assert.strictEqual(zeros >>> 0, 0xffffffff);
    });

    it('is done to messages, fragments and control frames', async () => {
      const { client, peer } = await transport.open();
      client.send('text');
      client.send(Buffer.from('binary'), { fin: false });
      client.send('more', { fin: true });
      client.ping('ping');
      client.pong('pong');
      client.send(Buffer.alloc(200, 1));
      client.send(Buffer.alloc(70000, 2));
      client.send('x'.repeat(70000));
      client.close(1000, 'bye');
      const got = await peer.nextFrames(9);

      assert.ok(got.every(({ isMasked, rsv }) => isMasked && rsv === 0));
      assert.deepStrictEqual(
        got.map(({ opcode, fin, payload }) => [opcode, fin, payload.length]),
        [
          [1, true, 4],
          [2, false, 6],
          [0, true, 4],
          [9, true, 4],
          [10, true, 4],
          [2, true, 200],
          [2, true, 70000],
          [1, true, 70000],
          [8, true, 5]
        ]
      );
      assert.strictEqual(got[0].payload.toString(), 'text');
      assert.ok(got[6].payload.equals(Buffer.alloc(70000, 2)));
      assert.strictEqual(got[8].code, 1000);
      assert.strictEqual(got[8].reason, 'bye');
    });

    it('is done to what is answered without being asked', async () => {
      const { client, peer } = await transport.open();
      client.on('error', () => {});
      peer.write(Buffer.from([0x89, 1, 0x61, 0x83, 0]));
      const [pong, close] = await peer.nextFrames(2);

      assert.strictEqual(pong.opcode, 10);
      assert.strictEqual(pong.payload.toString(), 'a');
      assert.strictEqual(close.code, 1002);
      assert.ok(pong.isMasked && close.isMasked);
    });

    for (const size of [0, 1, 3, 125, 126, 4096, 65535, 65536, 300001]) {
      it(`leaves the application's ${size} bytes as they are`, async () => {
        const { client, peer } = await transport.open();
        const data = Buffer.alloc(size, 'abcdefg');
        const before = Buffer.from(data);
        client.send(data);
        client.send(new Uint8Array(data.buffer, data.byteOffset, size));
        if (size < 126) client.ping(data);
        const [first, second] = await peer.nextFrames(2);
        await turns(2);

        assert.ok(data.equals(before));
        assert.ok(first.payload.equals(before));
        assert.ok(second.payload.equals(before));
      });
    }

    it('may be left out or asked for, frame by frame', async () => {
      const { client, peer } = await transport.open();
      client.send('a', { mask: false });
      client.send(Buffer.from('b'), { mask: false });
      client.send('c', { mask: true });
      client.ping('d', false);
      client.pong('e', true);
      const got = await peer.nextFrames(5);

      assert.deepStrictEqual(
        got.map(({ payload, isMasked }) => [payload.toString(), isMasked]),
        [
          ['a', false],
          ['b', false],
          ['c', true],
          ['d', false],
          ['e', true]
        ]
      );
    });
  });

  describe('with generateMask', () => {
    forEachClientTransport((transport) => {
      it('takes the keys that the function makes', async () => {
        let count = 0;
        const lengths = [];
        const { client, peer } = await transport.open({
          generateMask(key) {
            lengths.push(Buffer.isBuffer(key) && key.length);
            key.fill(++count);
          }
        });
        const bytes = wire(peer);
        client.send('one');
        client.send(Buffer.from('two'), { fin: false });
        client.ping('3');
        client.send('', { fin: true });
        client.close(1001);
        const got = await peer.nextFrames(5);

        assert.deepStrictEqual(lengths, [4, 4, 4, 4, 4]);
        assert.deepStrictEqual(
          got.map(({ opcode, fin }) => [opcode, fin]),
          [
            [1, true],
            [2, false],
            [9, true],
            [0, true],
            [8, true]
          ]
        );
        assert.strictEqual(got[0].payload.toString(), 'one');
        assert.strictEqual(got[1].payload.toString(), 'two');
        assert.strictEqual(got[4].code, 1001);
        const keys = [];
        for (const start of [0, 9, 18, 25, 31]) {
          keys.push(keyAt(bytes(), start).toString('hex'));
        }
        assert.deepStrictEqual(keys, [
          '01010101',
          '02020202',
          '03030303',
          '04040404',
          '05050505'
        ]);
      });

      it('sends the bytes as they are where the key is zero', async () => {
        const { client, peer } = await transport.open({
          generateMask: (key) => key.fill(0)
        });
        const bytes = wire(peer);
        client.send('plain');
        await peer.nextFrame();

        assert.deepStrictEqual(
          bytes(),
          Buffer.from([0x81, 0x85, 0, 0, 0, 0, ...Buffer.from('plain')])
        );
      });

      it('has always the same four bytes to fill', async () => {
        const seen = [];
        const { client, peer } = await transport.open({
          generateMask(key) {
            seen.push([...key]);
            key[0] = 7;
          }
        });
        client.send('a');
        client.send('b');
        await peer.nextFrames(2);

        assert.deepStrictEqual(seen, [
          [0, 0, 0, 0],
          [7, 0, 0, 0]
        ]);
      });

      it('is not asked for frames that are not masked', async () => {
        let count = 0;
        const { client, peer } = await transport.open({
          generateMask: () => count++
        });
        client.send('a', { mask: false });
        client.ping('b', false);
        client.send('c');
        const got = await peer.nextFrames(3);

        assert.strictEqual(count, 1);
        assert.deepStrictEqual(
          got.map(({ isMasked }) => isMasked),
          [false, false, true]
        );
      });

      it('does not give its key to another connection', async () => {
        const { client } = await transport.open({
          generateMask: (key) => key.fill(0x55)
        });
        const other = await transport.open();
        const bytes = wire(other.peer);
        client.send('mine');
        other.client.send('');
        await other.peer.nextFrame();

        assert.notStrictEqual(keyAt(bytes(), 0).toString('hex'), '55555555');
      });

      it('sends nothing where the function throws', async () => {
        let isBroken = true;
        const { client, peer } = await transport.open({
          generateMask() {
            if (isBroken) throw new Error('no key');
          }
        });
        for (const act of [
          () => client.send('text'),
          () => client.send(Buffer.from('x')),
          () => client.ping()
        ]) {
          assert.throws(act, { message: 'no key' });
        }
        isBroken = false;
        client.send('after');
        const frame = await peer.nextFrame();

        assert.strictEqual(frame.payload.toString(), 'after');
      });

      it('masks the answers too', async () => {
        const { client, peer } = await transport.open({
          generateMask: (key) => key.fill(9)
        });
        const bytes = wire(peer);
        const closed = nextEvent(client, 'close');
        peer.write(Buffer.from([0x89, 1, 0x61, 0x88, 2, 0x03, 0xe8]));
        await peer.nextFrames(2);
        peer.end();
        await closed;

        assert.strictEqual(keyAt(bytes(), 0).toString('hex'), '09090909');
        assert.strictEqual(keyAt(bytes(), 7).toString('hex'), '09090909');
      });
    });
  });
});
