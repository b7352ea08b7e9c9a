'use strict';

const assert = require('assert');
const { once } = require('events');
const path = require('path');
const { Worker } = require('worker_threads');

const { TEST_TIMEOUT_MS } = require('../support/wait');
const { Peer, onRelease, releaseAll } = require('./support');

const WORKERS = 3;

describe('node:worker_threads', function () {
  this.timeout(TEST_TIMEOUT_MS);

  afterEach(releaseAll);

  async function start() {
    const worker = new Worker(
      path.join(__dirname, 'programs', 'worker-server.js')
    );
    onRelease(() => worker.terminate());
    const [port] = await once(worker, 'message');
    return { worker, port };
  }

  async function ask(peer, text) {
    peer.ws.send(text);
    return peer.nextText();
  }

  it('serve side by side, each from its own thread', async () => {
    const servers = await Promise.all(Array.from({ length: WORKERS }, start));
    for (const { worker, port } of servers) {
      const peer = await Peer.connect(port);
      const id = worker.threadId;

      assert.strictEqual(await ask(peer, 'hello'), `${id} hello`);
    }
  });

  it('end in order', async () => {
    const { worker, port } = await start();
    const peer = await Peer.connect(port);
    const exit = once(worker, 'exit');
    worker.postMessage('stop');

    assert.strictEqual((await peer.closed).code, 1001);
    assert.deepStrictEqual(await exit, [0]);
  });

  it('can be terminated in the midst of traffic', async () => {
    const [doomed, other] = await Promise.all([start(), start()]);
    const peers = await Promise.all(
      Array.from({ length: 5 }, () => Peer.connect(doomed.port))
    );
    const witness = await Peer.connect(other.port);
    for (const peer of peers) {
      for (let i = 0; i < 200; i++) peer.ws.send('x'.repeat(1000));
    }
    await peers[0].next();
    await doomed.worker.terminate();

    for (const peer of peers) {
      assert.strictEqual((await peer.closed).code, 1006);
    }
    assert.match(await ask(witness, 'still here'), /still here/);
  });

  it('take their clients with them when they throw', async () => {
    const [doomed, other] = await Promise.all([start(), start()]);
    const peer = await Peer.connect(doomed.port);
    const witness = await Peer.connect(other.port);
    const error = once(doomed.worker, 'error');
    peer.ws.send('throw');

    assert.strictEqual((await error)[0].message, 'as told');
    assert.strictEqual((await peer.closed).code, 1006);
    assert.match(await ask(witness, 'still here'), /still here/);
  });
});
