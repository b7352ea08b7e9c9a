'use strict';

const assert = require('node:assert');

const { runChild } = require('../support/child');
const { forEachClientTransport } = require('../support/client-transports');
const frames = require('../support/server-frames');
const { TEST_TIMEOUT_MS } = require('../support/wait');

/* What makes a client tell of an event. */
const THROWN = {
  upgrade: '',
  open: '',
  message: frames.text('x'),
  ping: frames.ping('x'),
  pong: frames.pong('x'),
  error: frames.frame(3),
  close: frames.close(1000)
};

describe('listeners of a client', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachClientTransport((transport) => {
    for (const value of ['error', 'null', 'undefined']) {
      it(`throw ${value}: an uncaughtException`, async () => {
        const { code, reports, stderr } = await runChild(
          throwEverywhere,
          require.resolve('../support/client-transports'),
          transport.name,
          value,
          Object.entries(THROWN).map(([k, v]) => [
            k,
            Buffer.from(v).toString('hex')
          ])
        );
        const message = value === 'error' ? 'thrown' : value;

        assert.strictEqual(code, 0, stderr);
        for (const [name, caught] of reports.slice(0, -1)) {
          assert.deepStrictEqual(caught, [message], name);
        }
        assert.strictEqual(reports.at(-1), 'alive');
        assert.strictEqual(reports.length, 9);
      });
    }
  });
});

/*
 * Runs in a child: throws in each listener of one client each, and tells what
 * was uncaught; then whether another client still hears.
 */
async function throwEverywhere(kit, clients, transportName, value, chunks) {
  const { wait, report } = kit;
  const values = { error: new Error('thrown'), null: null };
  const caught = kit.collectUncaught();
  const { ClientTransport } = require(clients);
  const server = await new ClientTransport(transportName).hostile();

  const fail = () => {
    throw values[value];
  };
  const told = async (name) => {
    await wait.until(() => caught.length > 0, `what ${name} threw`);
    await wait.turns(3);
    report([name, caught.splice(0)]);
  };

  for (const [name, hex] of chunks) {
    const client = server.client();
    if (name !== 'error') client.on('error', () => {});
    client.on(name, fail);
    const peer = await server.upgraded();
    if (hex) {
      await wait.nextEvent(client, 'open');
      peer.write(Buffer.from(hex, 'hex'));
    }
    if (name === 'close') peer.end();
    await told(name);
    peer.destroy();
  }

  const client = server.client();
  const peer = await server.upgraded();
  await wait.nextEvent(client, 'open');
  client.send('x', fail);
  await told('a callback');

  const message = wait.nextEvent(client, 'message');
  peer.write(kit.frames.frame(kit.frames.TEXT, 'alive', { mask: false }));
  report(String((await message)[0]));
  process.exit();
}
