'use strict';

/* Memory that fails at the n-th allocation of a connection's life: at worst
 * that connection ends, and others live. */

const assert = require('node:assert');

const { canMakeCertificate } = require('../support/certificate');
const { releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');
const { buildShim, runFaulty } = require('./kit');

const ROUNDS_MAX = 500;
const TRANSPORTS = ['port', 'server', 'https', 'duplex'];

/* Runs in a child: one conversation for each n, in which the n-th allocation
 * fails, until one needs no more than n; reports how the connections ended. */
async function serveShortOfMemory(kit, planFile, transportName, roundsMax) {
  const { deflateRawSync } = require('node:zlib');
  const { FaultPlan } = require(planFile);
  const { frames } = kit;
  const faults = new FaultPlan();
  const codes = new Set();
  const endpoint = await kit.transports[transportName].listen(
    { closeTimeout: 1000, perMessageDeflate: { threshold: 0 } },
    (ws) => {
      ws.on('error', (err) => codes.add(err.code));
      ws.on('close', (code) => codes.add(code));
      ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
    }
  );
  const old = await endpoint.upgraded();
  const headers = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
  const text = 'some words, some words, some words '.repeat(100);
  const deflated = deflateRawSync(text, { finishFlush: 2 }).subarray(0, -4);
  const bytes = Buffer.concat([
    Buffer.from(kit.upgradeRequest({ headers })),
    frames.text('small'),
    frames.binary(Buffer.alloc(20000, 1)),
    frames.text('in ', { fin: false }),
    frames.ping('p'),
    frames.continuation('parts'),
    frames.text(deflated, { rsv: 4 }),
    frames.close(1000)
  ]);
  let n = 0;
  let left = 0;

  while (left === 0 && n < roundsMax) {
    const peer = await endpoint.raw();
    n++;
    faults.set({ memoryAfter: n });
    for (let i = 0; i < bytes.length; i += 7000) {
      peer.write(bytes.subarray(i, i + 7000));
      await kit.wait.turns(2);
    }
    await peer.ended();
    peer.destroy();
    await kit.wait.until(() => endpoint.wss.clients.size === 1, 'the end');
    left = faults.get('memoryAfter');
    faults.reset();
    old.write(frames.text(`after ${n}`));
    const { payload } = await old.nextFrame();
    if (`${payload}` !== `after ${n}`) throw new Error(`no echo: ${payload}`);
  }
  kit.report({ n, codes: [...codes] });
  process.exit();
}

/* The same for clients, in the process of their server, which is ws. */
async function connectShortOfMemory(kit, files, transportName, roundsMax) {
  const { FaultPlan } = require(files.plan);
  const { ClientTransport } = require(files.clients);
  const faults = new FaultPlan();
  const codes = new Set();
  const options = { perMessageDeflate: true };
  const transport = new ClientTransport(transportName);
  const server = await transport.serve(options, (ws) => {
    ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
  });
  let n = 0;
  let left = 0;

  async function converse() {
    const client = server.client([], options);
    client.on('error', () => {});
    client.on('message', (data) => {
      if (`${data}` === 'last') client.close(1000);
    });
    client.on('open', () => {
      client.send('words, words '.repeat(1000));
      client.send(Buffer.alloc(20000), { compress: false });
      client.send('half', { fin: false });
      client.send(' and half');
      client.send('last');
    });
    const [code] = await kit.wait.nextEvent(client, 'close');
    return code;
  }

  while (left === 0 && n < roundsMax) {
    n++;
    faults.set({ memoryAfter: n });
    codes.add(await converse());
    left = faults.get('memoryAfter');
    faults.reset();
    const code = await converse();
    if (code !== 1000) throw new Error(`the next client ended with ${code}`);
  }
  kit.report({ n, codes: [...codes] });
  process.exit();
}

describe('faults of the allocator', function () {
  this.timeout(4 * TEST_TIMEOUT_MS);
  before(buildShim);
  afterEach(releaseAll);

  const planFile = require.resolve('./plan');
  const clients = require.resolve('../support/client-transports');
  const EXPECTED = [1000, 1006, 1011, 'ERR_MEMORY_ALLOCATION_FAILED'];

  function assertEnded({ n, codes }) {
    assert.ok(n > 5 && n < ROUNDS_MAX, `${n} rounds`);
    for (const code of codes) assert.ok(EXPECTED.includes(code), `${code}`);
    assert.ok(codes.includes(1000), 'the last conversation goes well');
  }

  for (const transport of TRANSPORTS) {
    it(`end a connection over ${transport} at worst`, async () => {
      const [report] = await runFaulty(
        serveShortOfMemory,
        planFile,
        transport,
        ROUNDS_MAX
      );
      assertEnded(report);
    });
  }

  for (const transport of ['tcp', 'unix', 'tls', 'duplex']) {
    it(`end a client over ${transport} at worst`, async function () {
      if (transport === 'tls' && !canMakeCertificate()) this.skip();
      const [report] = await runFaulty(
        connectShortOfMemory,
        { plan: planFile, clients },
        transport,
        ROUNDS_MAX
      );
      assertEnded(report);
    });
  }
});
