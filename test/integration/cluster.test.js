'use strict';

const assert = require('assert');

const { Peer, closeAll } = require('../examples/peer');
const { Program, stopAll } = require('../examples/program');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const PROGRAM = 'test/integration/programs/cluster-server.js';
const MANY = 16;

describe('node:cluster', function () {
  this.timeout(TEST_TIMEOUT_MS);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  /* The process that answers a peer. */
  async function ask(peer, text = 'hello') {
    peer.ws.send(text);
    const [pid, echo] = (await peer.nextText()).split(' ');
    assert.strictEqual(echo, text);
    return pid;
  }

  for (const [name, args] of [
    ['a port of their own', []],
    ['node:http', ['--shared']]
  ]) {
    describe(`workers with ${name}`, () => {
      it('share the port', async () => {
        const program = new Program(PROGRAM, { args });
        const port = await program.listening();
        const peers = await Promise.all(
          Array.from({ length: MANY }, () => Peer.connect(port))
        );
        const pids = await Promise.all(peers.map((peer) => ask(peer)));

        assert.strictEqual(new Set(pids).size, 2);
        for (const [i, peer] of peers.entries()) {
          assert.strictEqual(await ask(peer), pids[i]);
        }
      });

      it('outlive one of them', async () => {
        const program = new Program(PROGRAM, { args });
        const port = await program.listening();
        const peers = await Promise.all([
          Peer.connect(port),
          Peer.connect(port)
        ]);
        const pids = await Promise.all(peers.map((peer) => ask(peer)));
        assert.notStrictEqual(pids[0], pids[1]);

        peers[0].ws.send('die');
        assert.strictEqual((await peers[0].closed).code, 1006);
        assert.strictEqual(await ask(peers[1]), pids[1]);
        const [, pid] = await program.prints(/replaced (\d+)/);
        const more = await Promise.all([
          Peer.connect(port),
          Peer.connect(port)
        ]);
        const later = await Promise.all(more.map((peer) => ask(peer)));
        assert.deepStrictEqual(new Set(later), new Set([pid, pids[1]]));
      });
    });
  }
});
