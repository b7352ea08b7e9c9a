'use strict';

const assert = require('assert');
const net = require('net');
const { once } = require('events');

const { Peer, closeAll } = require('./peer');
const { Program, implementation, stopAll } = require('./program');

const WORKERS = 2;

describe('examples/cluster', function () {
  this.timeout(30000);

  let program;
  let port;

  before(function () {
    // ws has no topics and no reusePort.
    if (implementation !== 'uvws') this.skip();
  });

  beforeEach(async () => {
    // All workers need one and the same port, which none of them can choose.
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address());
    server.close();
    await once(server, 'close');
    program = new Program('examples/cluster/server.js', {
      env: { WORKERS: String(WORKERS) },
      port
    });
    await program.prints(/(Worker[^]*){2}/);
  });

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  /* A client of each worker, in a topic. */
  async function enterAll() {
    const peers = new Map();
    while (peers.size < WORKERS) {
      const peer = await Peer.connect(port);
      peer.send({ join: 'news' });
      const { by } = await peer.nextFrame();
      if (peers.has(by)) peer.ws.terminate();
      else peers.set(by, peer);
    }
    return [...peers.values()];
  }

  async function says(peer) {
    for (;;) {
      const { said } = await peer.nextFrame();
      if (said !== undefined) return said;
    }
  }

  it('broadcasts to the clients of all workers', async () => {
    const peers = await enterAll();
    peers[0].send({ say: 'to all' });
    for (const peer of peers) assert.strictEqual(await says(peer), 'to all');
  });

  it('publishes to the subscribers of all workers', async () => {
    const peers = await enterAll();
    // Until the primary knows who subscribes, nobody elsewhere hears.
    for (let i = 0, isHeard = false; !isHeard; i++) {
      peers[0].send({ say: `news ${i}`, to: 'news' });
      isHeard = await Promise.race([
        says(peers[1]).then(() => true),
        new Promise((resolve) => setTimeout(resolve, 50, false))
      ]);
    }
    assert.strictEqual(await says(peers[0]), 'news 0');
  });

  it('puts up a worker for one that died, and ends when told', async () => {
    const [, pid] = await program.prints(/Worker (\d+)/);
    process.kill(Number(pid), 'SIGKILL');
    await program.prints(/(Worker[^]*){3}/);
    assert.deepStrictEqual(await program.stop(), { code: 0, signal: null });
  });
});
