'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');

/* Moves the memory away, as a transfer to another thread does. */
function detach(buffer) {
  structuredClone(buffer, { transfer: [buffer] });
}

describe('memory that is transferred', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('behind send() is sent as it was', async () => {
      const { ws, peer } = await transport.open();
      const buffer = new ArrayBuffer(1000);
      new Uint8Array(buffer).fill(7);
      ws.send(new Uint8Array(buffer));
      await new Promise((resolve) => ws.send('flushed', resolve));
      detach(buffer);
      const [{ payload }] = await peer.nextFrames(2);

      assert.deepStrictEqual(payload, Buffer.alloc(1000, 7));
    });

    it('before send() is empty, if it is a Buffer', async () => {
      const { ws, peer } = await transport.open();
      const buffer = new ArrayBuffer(1000);
      const view = Buffer.from(buffer);
      detach(buffer);
      ws.send(view);
      ws.ping(view);
      assert.throws(() => ws.send(buffer), TypeError);
      for (const Type of [Uint8Array, Uint16Array, DataView]) {
        const other = new Type(new ArrayBuffer(1000));
        detach(other.buffer);
        assert.throws(() => ws.send(other), TypeError);
        assert.throws(() => ws.ping(other), TypeError);
      }
      const got = await peer.nextFrames(2);

      assert.deepStrictEqual(
        got.map(({ opcode, payload }) => [opcode, payload.length]),
        [
          [frames.BINARY, 0],
          [frames.PING, 0]
        ]
      );
    });
  });
});
