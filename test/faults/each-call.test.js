'use strict';

/* A read or a write that fails at any moment of a connection's life, in either
 * role: that connection ends, and others live. */

const assert = require('node:assert');
const os = require('node:os');

const { canMakeCertificate } = require('../support/certificate');
const { releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');
const { buildShim, runFaulty } = require('./kit');

const { ECONNRESET } = os.constants.errno;
const ROUNDS_MAX = 200;

const files = {
  plan: require.resolve('./plan'),
  clients: require.resolve('../support/client-transports')
};

/* Runs in a child: one conversation with a partner that is ws for each n, in
 * which the n-th call of a kind fails, until one needs less than n; reports how
 * the connections ended. */
async function failEach(kit, { plan, clients }, how) {
  const { role, transport, kind, number, roundsMax } = how;
  const { FaultPlan } = require(plan);
  const { ClientTransport } = require(clients);
  const { nextEvent } = kit.wait;
  const faults = new FaultPlan();
  const options = { closeTimeout: 50 };
  const sizes = [10, 20000, 300000];
  const isSecure = ['https', 'tls'].includes(transport);

  /* Opens connections: our end, which echoes, and the partner's. */
  async function opener() {
    if (role === 'server') {
      const endpoint = await kit.transports[transport].listen(options);
      return async () => {
        const { ws, client } = await endpoint.connected();
        return [ws, client];
      };
    }
    const server = await new ClientTransport(transport).serve({});
    return async () => {
      const connection = nextEvent(server.wss, 'connection');
      const client = server.client([], options);
      const opened = nextEvent(client, 'open');
      const [[partner]] = await Promise.all([connection, opened]);
      return [client, partner];
    };
  }

  function echo(ws) {
    ws.on('error', () => {});
    ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
  }

  async function converse(ws, partner) {
    const closed = [ws, partner].map((one) => nextEvent(one, 'close'));
    const left = [...sizes];
    const goOn = () => {
      if (left.length > 0) partner.send(Buffer.alloc(left.shift()), () => {});
      else partner.close(1000);
    };

    partner.on('message', goOn);
    goOn();
    return (await Promise.all(closed))[0][0];
  }

  const open = await opener();
  const [old, witness] = await open();
  const codes = [];
  let n = 0;
  let count;

  echo(old);
  do {
    const [ws, partner] = await open();
    n++;
    echo(ws);
    faults.set({
      [`${kind}Every`]: n,
      [`${kind}Errno`]: number,
      onlyFd: isSecure ? ws._socket._handle.fd : 0,
      [`${kind}s`]: 0
    });
    codes.push(await converse(ws, partner));
    count = faults.get(`${kind}s`);
    faults.reset();
    witness.send(`${n}`);
    const [data] = await nextEvent(witness, 'message');
    if (`${data}` !== `${n}`) throw new Error(`no echo: ${data}`);
  } while (count >= n && n < roundsMax);
  kit.report(codes);
  process.exit();
}

describe('the n-th call of a connection fails', function () {
  this.timeout(2 * TEST_TIMEOUT_MS);
  before(buildShim);
  afterEach(releaseAll);

  for (const [role, transport] of [
    ['server', 'port'],
    ['server', 'server'],
    ['server', 'https'],
    ['client', 'tcp'],
    ['client', 'unix'],
    ['client', 'tls']
  ]) {
    for (const kind of ['read', 'write']) {
      it(`a ${kind} of a ${role} over ${transport}: others live`, async function () {
        const isSecure = ['https', 'tls'].includes(transport);
        if (isSecure && !canMakeCertificate()) this.skip();
        const [codes] = await runFaulty(failEach, files, {
          role,
          transport,
          kind,
          number: ECONNRESET,
          roundsMax: ROUNDS_MAX
        });

        assert.ok(codes.length > 3 && codes.length < ROUNDS_MAX, `${codes}`);
        assert.strictEqual(codes[0], 1006);
        assert.strictEqual(codes.pop(), 1000, 'the last one goes well');
        for (const code of codes) {
          assert.ok(code === 1006 || code === 1000, `${code}`);
        }
      });
    }
  }
});
