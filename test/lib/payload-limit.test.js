'use strict';

const assert = require('node:assert');
const {
  constants: { MAX_LENGTH }
} = require('node:buffer');

const frames = require('../support/frames');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

const claim = (length) => frames.frame(frames.BINARY, 'x', { length });

/* Where ws would receive it all, and then end the process. */
describe('a server without maxPayload', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    for (const limit of ['option', 'receiver']) {
      it(`takes no more than fits in a Buffer, by its ${limit}`, async () => {
        const { ws, peer } = await transport.open({
          maxPayload: limit === 'option' ? 0 : 1000
        });
        const failed = nextEvent(ws, 'error');

        if (limit === 'receiver') ws._receiver._maxPayload = 0;
        peer.write(claim(BigInt(MAX_LENGTH) + 1n));

        const [err] = await failed;

        assert.ok(err instanceof RangeError);
        assert.match(err.code, /^WS_ERR_UNSUPPORTED_.*_LENGTH$/);
      });
    }
  });
});
