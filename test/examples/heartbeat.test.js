'use strict';

const assert = require('assert');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');

describe('examples/heartbeat', function () {
  this.timeout(20000);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  it('terminates who does not answer, and nobody else', async () => {
    const program = new Program('examples/heartbeat/server.js', {
      env: { INTERVAL_MS: '50' }
    });
    const port = await program.listening();
    const [alive, dead] = [
      await Peer.connect(port),
      await Peer.connect(port, { autoPong: false })
    ];

    assert.strictEqual((await dead.closed).code, 1006);
    await program.prints(/gone with 1006/);
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => alive.ws.once('ping', resolve));
    }
    alive.ws.close(1000);
    await program.prints(/gone with 1000/);
  });
});
