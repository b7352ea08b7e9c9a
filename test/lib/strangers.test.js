'use strict';

const assert = require('node:assert');
const net = require('node:net');

const frames = require('../support/frames');
const { canMakeCertificate } = require('../support/certificate');
const { Child, runChild } = require('../support/child');
const { RawClient, upgradeRequest } = require('../support/raw-client');
const { HOST, TCP, onRelease, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, until } = require('../support/wait');

/* How many; handshakes of TLS take their time. */
const RESETS = 2000;
const RESETS_OF_TLS = 300;

/* Descriptors that a server has left for its connections. */
const SPARE = 8;

/*
 * Runs in a child: opens connections that are reset after so many bytes of a
 * conversation, in two halves, and reports the memory, handles and connections
 * that the second half has added.
 */
async function resetMany(kit, transportName, count, conversation) {
  require('node:v8').setFlagsFromString('--expose-gc');
  const gc = require('node:vm').runInNewContext('gc');
  const bytes = Buffer.from(conversation, 'hex');
  const endpoint = await kit.transports[transportName].listen({}, (ws) => {
    ws.on('error', () => {});
    ws.on('message', (data) => ws.send(data));
    ws.send('x'.repeat(1000));
  });
  endpoint.sockets.push = () => 0;
  let seed = 1;
  const random = (max) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % max;
  };

  async function resetOne() {
    const socket = await endpoint.transport.dial(endpoint);
    await new Promise((resolve) => {
      const reset = () => {
        const below = socket._handle?._parent; /* of TLS */
        if (below) below.reset(resolve);
        else socket.resetAndDestroy();
        socket.destroy();
      };
      socket.on('error', () => {});
      socket.on('close', resolve);
      socket.resume();
      socket.write(bytes.subarray(0, random(bytes.length + 1)), () => {
        if (random(2)) reset();
        else setImmediate(reset);
      });
    });
  }

  async function connections() {
    const server = endpoint.httpServer || endpoint.wss._server;
    return new Promise((resolve) => {
      server.getConnections((err, number) => resolve(number));
    });
  }

  async function half() {
    for (let i = 0; i < count / 2; i += 20) {
      await Promise.all(Array.from({ length: 20 }, resetOne));
    }
    let left;
    do {
      await kit.wait.turns(5);
      left = (await connections()) + endpoint.wss.clients.size;
    } while (left > 0);
    for (let i = 0; i < 5; i++) gc();
    return {
      heap: process.memoryUsage().heapUsed,
      rss: process.memoryUsage().rss,
      handles: process._getActiveHandles().length,
      descriptors: require('node:fs').readdirSync('/proc/self/fd').length,
      clients: endpoint.wss.clients.size
    };
  }

  const first = await half();
  const second = await half();
  const peer = await endpoint.upgraded();
  peer.write(kit.frames.text('alive'));
  await peer.nextFrame();
  kit.report({
    grown: Object.fromEntries(
      Object.keys(first).map((key) => [key, second[key] - first[key]])
    ),
    clients: second.clients,
    echo: `${(await peer.nextFrame()).payload}`
  });
  process.exit();
}

/*
 * Runs in a child: a server that has only few descriptors left, and reports
 * whenever a message has come.
 */
async function serveFew(kit, spare) {
  const { execFileSync } = require('node:child_process');
  const fs = require('node:fs');
  const endpoint = await kit.transports.port.listen({}, (ws) => {
    ws.on('message', (data) => ws.send(data));
  });
  const used = fs.readdirSync('/proc/self/fd').length - 1;

  execFileSync('prlimit', [
    `--pid=${process.pid}`,
    `--nofile=${used + spare}:${used + spare}`
  ]);
  kit.report(endpoint.port);
}

describe('strangers', function () {
  this.timeout(2 * TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  const conversation = Buffer.concat([
    Buffer.from(upgradeRequest()),
    frames.text('hello'),
    frames.ping('x'.repeat(100)),
    frames.binary(Buffer.alloc(3000)),
    frames.text('a', { fin: false }),
    frames.continuation('b'),
    frames.close(1000)
  ]);

  for (const transport of [...TCP, 'https']) {
    it(`that reset at any byte leave nothing behind, over ${transport}`, async function () {
      if (transport === 'https' && !canMakeCertificate()) this.skip();
      const { code, reports, stderr } = await runChild(
        resetMany,
        transport,
        transport === 'https' ? RESETS_OF_TLS : RESETS,
        conversation.toString('hex')
      );
      assert.strictEqual(code, 0, stderr);
      const [{ grown, clients, echo }] = reports;

      assert.strictEqual(echo, 'alive');
      assert.strictEqual(clients, 0);
      assert.strictEqual(grown.clients, 0);
      assert.strictEqual(grown.handles, 0);
      assert.ok(grown.descriptors <= 0, `${grown.descriptors} descriptors`);
      assert.ok(grown.heap < 2 * 1024 * 1024, `${grown.heap} bytes of heap`);
      if (!process.env.UVWS_SANITIZED) {
        assert.ok(grown.rss < 16 * 1024 * 1024, `${grown.rss} bytes of memory`);
      }
    });
  }

  it('beyond the limit of descriptors wait until others have left', async () => {
    const child = new Child(serveFew, SPARE);
    const port = await child.report();
    const peers = [];
    for (let i = 0; i < 3 * SPARE; i++) {
      const socket = net.connect(port, HOST);
      onRelease(() => socket.destroy());
      await nextEvent(socket, 'connect');
      peers.push(new RawClient(socket));
      peers[i].write(upgradeRequest());
    }
    const isServed = (peer) => peer.length > 0;
    await until(() => peers.filter(isServed).length >= SPARE - 1, 'the first');
    assert.ok(peers.filter(isServed).length <= SPARE);

    while (peers.length > 0) {
      await until(() => peers.some(isServed), 'one of the next');
      const peer = peers.splice(peers.findIndex(isServed), 1)[0];
      assert.match(await peer.readHead(), /^HTTP\/1.1 101 /);
      peer.write(frames.text('alive'));
      const { payload } = await peer.nextFrame();
      assert.strictEqual(payload.toString(), 'alive');
      peer.destroy();
    }
  });
});
