'use strict';

const assert = require('assert');
const path = require('path');
const { Worker } = require('worker_threads');

const native = require('../../lib/native');
const { Peer, closeAll } = require('../examples/peer');
const { Program, stopAll } = require('../examples/program');
const { WebSocketServer } = require('../support/implementation');
const { TEST_TIMEOUT_MS, nextEvent, until } = require('../support/wait');

const HOST = '127.0.0.1';
const MANY = 32;

describe('the option reusePort', function () {
  this.timeout(TEST_TIMEOUT_MS);

  const servers = [];

  afterEach(async () => {
    closeAll();
    await stopAll();
    for (const wss of servers.splice(0)) wss.close();
  });

  async function listen(options) {
    const wss = new WebSocketServer({ host: HOST, port: 0, ...options });
    servers.push(wss);
    await nextEvent(wss, 'listening');
    return wss;
  }

  it('lets several servers listen on one port', async () => {
    const counts = [0, 0];
    const one = await listen({ reusePort: true });
    const { port } = one.address();
    const two = await listen({ port, reusePort: true });
    assert.strictEqual(two.address().port, port);
    for (const [i, wss] of [one, two].entries()) {
      wss.on('connection', () => counts[i]++);
    }
    await Promise.all(Array.from({ length: MANY }, () => Peer.connect(port)));
    await until(() => counts[0] + counts[1] === MANY, 'all connections');

    assert.ok(counts[0] > 0 && counts[1] > 0, counts.join());
  });

  it('leaves all connections to who still listens', async () => {
    const one = await listen({ reusePort: true });
    const { port } = one.address();
    const two = await listen({ port, reusePort: true });
    one.close();
    await nextEvent(one, 'close');
    await Promise.all(Array.from({ length: MANY }, () => Peer.connect(port)));
    await until(() => two.clients.size === MANY, 'all connections');
  });

  for (const first of [undefined, false, null]) {
    it(`gives EADDRINUSE where the first has it as ${first}`, async () => {
      const one = await listen({ reusePort: first });
      const { port } = one.address();
      const two = new WebSocketServer({ host: HOST, port, reusePort: true });
      const [err] = await nextEvent(two, 'error');

      assert.strictEqual(err.code, 'EADDRINUSE');
      assert.strictEqual(err.port, port);
    });
  }

  it('works from worker threads', async () => {
    const one = await listen({ reusePort: true });
    const { port } = one.address();
    const worker = new Worker(path.join(__dirname, 'programs/shared-port.js'), {
      workerData: { host: HOST, port }
    });
    try {
      assert.deepStrictEqual(await nextEvent(worker, 'message'), [port]);
      one.close();
      await nextEvent(one, 'close');
      const peer = await Peer.connect(port);
      peer.ws.send('hello');
      assert.strictEqual(await peer.nextText(), 'hello');
    } finally {
      await worker.terminate();
    }
  });

  it('gives each worker of a cluster a socket of its own', async () => {
    const program = new Program('test/lib/programs/shared-port-cluster.js');
    const [, ports] = await program.prints(/ports (.*)/);
    const [one, two] = ports.split(',').map(Number);

    // Through the primary they would have got one and the same free port.
    assert.notStrictEqual(one, two);
    const port = await program.listening();
    const pids = new Set();
    for (let i = 0; i < MANY; i++) {
      const peer = await Peer.connect(port);
      pids.add(await peer.nextText());
    }
    assert.strictEqual(pids.size, 2);
  });

  it('is an error where only a later node has it', async function () {
    const [major, minor] = process.versions.node.split('.').map(Number);
    const isNodes = major > 22 || (major === 22 && minor >= 12);
    if (native.hasDescriptors || isNodes) this.skip();
    const wss = new WebSocketServer({ host: HOST, port: 0, reusePort: true });
    servers.push(wss);
    const [err] = await nextEvent(wss, 'error');

    assert.deepStrictEqual([err.code, err.syscall], ['ENOTSUP', 'listen']);
  });

  it('must be a boolean, and with a TCP port', () => {
    for (const reusePort of [1, 'true', {}]) {
      assert.throws(() => new WebSocketServer({ port: 0, reusePort }), {
        name: 'TypeError',
        message: 'The "reusePort" option must be a boolean'
      });
    }
    assert.throws(
      () => new WebSocketServer({ noServer: true, reusePort: true }),
      {
        name: 'TypeError',
        message: 'The "reusePort" option needs the "port" option'
      }
    );
    assert.throws(
      () => new WebSocketServer({ port: '/tmp/no', reusePort: true }),
      {
        name: 'TypeError',
        message: 'The "reusePort" option needs a TCP port'
      }
    );
  });
});
