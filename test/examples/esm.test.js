'use strict';

const assert = require('assert');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');

describe('examples/esm', function () {
  this.timeout(20000);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  it('tells all the time', async () => {
    const program = new Program('examples/esm/server.mjs', {
      env: { INTERVAL_MS: '20' }
    });
    const port = await program.listening();
    const peers = [await Peer.connect(port), await Peer.connect(port)];

    for (const peer of peers) {
      assert.match(await peer.nextText(), /^The time for .*127\.0\.0\.1$/);
      for (let i = 0; i < 3; i++) {
        assert.match(await peer.nextText(), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      }
    }
  });
});
