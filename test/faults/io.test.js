'use strict';

/* Reads and writes that fail, or do their work by halves, below the addon. */

const assert = require('node:assert');
const os = require('node:os');

const { canMakeCertificate } = require('../support/certificate');
const { TCP, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');
const { buildShim, runFaulty } = require('./kit');

const { EAGAIN, ECONNRESET, EINTR, EIO, ENOBUFS, EPIPE, ETIMEDOUT } =
  os.constants.errno;
const { EMFILE, ENFILE, ENOMEM, ECONNABORTED, EPERM } = os.constants.errno;

/* What a kernel may do without being wrong. */
const HALVES = [
  ['one byte at a time', { readMax: 1, writeMax: 1 }],
  ['three bytes at a time', { readMax: 3, writeMax: 3 }],
  [
    'interrupted calls',
    { readEvery: 2, readErrno: EINTR, writeEvery: 2, writeErrno: EINTR }
  ],
  [
    'false readiness',
    { readEvery: 2, readErrno: EAGAIN, writeEvery: 2, writeErrno: EAGAIN }
  ],
  ['no buffers', { writeEvery: 2, writeErrno: ENOBUFS, writeMax: 1000 }],
  [
    'all at once',
    {
      readMax: 100,
      writeMax: 100,
      readEvery: 3,
      readErrno: EINTR,
      writeEvery: 3,
      writeErrno: EAGAIN
    }
  ]
];

/* What ends a connection. */
const FAILURES = [
  ['a read fails: ECONNRESET', { readEvery: 1, readErrno: ECONNRESET }],
  ['a read fails: ETIMEDOUT', { readEvery: 1, readErrno: ETIMEDOUT }],
  ['a read fails: EIO', { readEvery: 1, readErrno: EIO }],
  ['a write fails: EPIPE', { writeEvery: 1, writeErrno: EPIPE }],
  ['a write fails: EIO', { writeEvery: 1, writeErrno: EIO }]
];

/* Runs in a child: a conversation of both roles while the plan is in force;
 * reports the close codes of both ends. Over TLS, where node reads and writes,
 * the plan is meant for the socket of one side, from the handshake on. */
async function converse(kit, planFile, transportName, plan, side) {
  const assert = require('node:assert');
  const { FaultPlan } = require(planFile);
  const faults = new FaultPlan();
  const compressed = { perMessageDeflate: { threshold: 100 } };
  const endpoint = await kit.transports[transportName].listen(
    compressed,
    (ws) => {
      ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
    }
  );

  if (!side) faults.set(plan);
  const client = new kit.WebSocket(endpoint.url(), {
    ...compressed,
    rejectUnauthorized: false
  });
  const connection = kit.wait.nextEvent(endpoint.wss, 'connection');
  await kit.wait.nextEvent(client, 'open');
  const [ws] = await connection;
  if (side) {
    const { _socket: socket } = side === 'server' ? ws : client;
    faults.set({ ...plan, onlyFd: socket._handle.fd });
  }
  for (const size of [0, 1, 125, 126, 5000, 20000]) {
    for (const data of ['\u00e9'.repeat(size), Buffer.alloc(size, 7)]) {
      for (const compress of [false, true]) {
        const echo = kit.wait.nextEvent(client, 'message');
        client.send(data, { compress });
        const [got] = await echo;
        assert.ok(Buffer.from(data).equals(got), `${size} bytes`);
      }
    }
  }
  const closed = [kit.wait.nextEvent(client, 'close')];
  closed.push(kit.wait.nextEvent(ws, 'close'));
  client.close(4000, 'all said');
  const codes = (await Promise.all(closed)).map(([code]) => code);
  kit.report({
    codes,
    reads: faults.get('reads'),
    writes: faults.get('writes')
  });
  process.exit();
}

/* Runs in a child: a read or a write of one connection fails for good; reports
 * how each of many such connections ends, and whether others live. */
async function failOne(kit, planFile, transportName, plan, count) {
  const { FaultPlan } = require(planFile);
  const faults = new FaultPlan();
  const endpoint = await kit.transports[transportName].listen(
    { closeTimeout: 50 },
    (ws) => {
      ws.on('message', (data) => ws.send(data));
    }
  );
  const old = await endpoint.upgraded();
  const ends = [];

  for (let i = 0; i < count; i++) {
    const { ws, peer } = await endpoint.accepted();
    const closed = kit.wait.nextEvent(ws, 'close');
    ws.on('error', (err) => ends.push(err.code));
    const onlyFd = endpoint.transport.isSecure ? ws._socket._handle.fd : 0;
    faults.set({ reads: 0, writes: 0, ...plan, onlyFd });
    peer.write(kit.frames.text('x'.repeat(i * 1000)));
    const [code] = await closed;
    faults.reset();
    ends.push(code);
    peer.destroy();
  }
  old.write(kit.frames.text('alive'));
  const { payload } = await old.nextFrame();
  kit.report({ ends, echo: `${payload}`, clients: endpoint.wss.clients.size });
  process.exit();
}

/* Runs in a child: accepts fail so often; reports what came of it. */
async function failAccepts(kit, planFile, number, fails) {
  const { FaultPlan } = require(planFile);
  const faults = new FaultPlan();
  const endpoint = await kit.transports.port.listen({}, (ws) => {
    ws.on('message', (data) => ws.send(data));
  });
  const old = await endpoint.upgraded();

  faults.set({ accepts: 0, acceptErrno: number, acceptFails: fails });
  const peer = await endpoint.raw();
  const head = peer.upgrade();
  old.write(kit.frames.text('meanwhile'));
  kit.report(`${(await old.nextFrame()).payload}`);
  kit.report((await head).slice(0, 12));
  kit.report(faults.get('accepts'));
  process.exit();
}

/* Runs in a child: watching fails for the next descriptors. */
async function failWatching(kit, planFile, transportName) {
  const { FaultPlan } = require(planFile);
  const faults = new FaultPlan();
  const endpoint = await kit.transports[transportName].listen({}, (ws) => {
    ws.on('message', (data) => ws.send(data));
  });
  const old = await endpoint.upgraded();

  for (let i = 0; i < 5; i++) {
    const peer = await endpoint.raw();
    faults.set({ watchFails: 1 });
    peer.write(kit.upgradeRequest());
    await peer.ended();
    faults.reset();
    peer.destroy();
  }
  old.write(kit.frames.text('alive'));
  kit.report(`${(await old.nextFrame()).payload}`);
  const fresh = await endpoint.upgraded();
  fresh.write(kit.frames.text('too'));
  kit.report(`${(await fresh.nextFrame()).payload}`);
  fresh.destroy();
  await kit.wait.until(() => endpoint.wss.clients.size === 1, 'the last end');
  process.exit();
}

describe('faults of the kernel', function () {
  this.timeout(2 * TEST_TIMEOUT_MS);
  before(buildShim);
  afterEach(releaseAll);

  const planFile = require.resolve('./plan');

  /* `side`: see converse. */
  function itLosesNothing(transport, side) {
    for (const [title, plan] of HALVES) {
      it(`${title}: nothing is lost`, async () => {
        const [{ codes, reads, writes }] = await runFaulty(
          converse,
          planFile,
          transport,
          plan,
          side
        );
        assert.deepStrictEqual(codes, [4000, 4000]);
        assert.ok(reads > 20 && writes > 20, `${reads}, ${writes}`);
      });
    }
  }

  function itEndsOne(transport) {
    for (const [title, plan] of FAILURES) {
      it(`${title}: 1006, others live`, async () => {
        const [{ ends, echo, clients }] = await runFaulty(
          failOne,
          planFile,
          transport,
          plan,
          10
        );
        assert.deepStrictEqual(ends, Array(10).fill(1006));
        assert.strictEqual(echo, 'alive');
        assert.strictEqual(clients, 1);
      });
    }
  }

  for (const transport of TCP) {
    describe(`over ${transport}`, () => {
      itLosesNothing(transport);
      itEndsOne(transport);

      it('no memory to watch a descriptor: it is closed', async () => {
        const reports = await runFaulty(failWatching, planFile, transport);
        assert.deepStrictEqual(reports, ['alive', 'too']);
      });
    });
  }

  describe('over https', () => {
    before(function () {
      if (!canMakeCertificate()) this.skip();
    });
    describe('at the server', () => itLosesNothing('https', 'server'));
    describe('at the client', () => itLosesNothing('https', 'client'));
    itEndsOne('https');
  });

  for (const [name, number, fails] of [
    ['EMFILE', EMFILE, 3],
    ['ENFILE', ENFILE, 3],
    ['ENOBUFS', ENOBUFS, 3],
    ['ENOMEM', ENOMEM, 3],
    ['EPERM', EPERM, 3],
    ['ECONNABORTED', ECONNABORTED, 20],
    ['EINTR', EINTR, 20]
  ]) {
    it(`accept fails with ${name}: no spinning, and on it goes`, async () => {
      const [meanwhile, head, accepts] = await runFaulty(
        failAccepts,
        planFile,
        number,
        fails
      );
      assert.strictEqual(meanwhile, 'meanwhile');
      assert.strictEqual(head, 'HTTP/1.1 101');
      assert.ok(accepts > fails && accepts <= fails + 4, `${accepts} calls`);
    });
  }
});
