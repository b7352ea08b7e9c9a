'use strict';

const assert = require('node:assert');

const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const OFFER = { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } };

describe('the options for zlib', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('are looked at once for all connections of a server', async () => {
      let lookedAt = 0;
      const options = {
        get level() {
          lookedAt++;
          return 1;
        }
      };
      const endpoint = await transport.listen({
        perMessageDeflate: {
          zlibDeflateOptions: options,
          zlibInflateOptions: options
        }
      });
      const connect = async () => {
        const { ws, peer } = await endpoint.accepted(OFFER);

        ws.send('text');
        assert.strictEqual((await peer.nextFrame()).rsv, 4);
        return lookedAt;
      };
      const first = await connect();

      assert.ok(first > 0);
      assert.strictEqual(await connect(), first);
      assert.strictEqual(await connect(), first);
    });
  });
});
