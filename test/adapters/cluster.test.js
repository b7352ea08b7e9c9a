'use strict';

const assert = require('assert');

const { clusterAdapter, setupPrimary } = require('../../lib/adapters/cluster');
const { closeAll } = require('../examples/peer');
const { Program, stopAll } = require('../examples/program');
const { WebSocketServer } = require('../..');
const { TEST_TIMEOUT_MS, guard } = require('../support/wait');
const { Member, heardByAll } = require('./nodes');

const PROGRAM = 'test/adapters/programs/cluster-node.js';

describe('servers in the workers of a cluster', function () {
  this.timeout(TEST_TIMEOUT_MS);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  /* Starts workers; resolves with the program and a client of each server. */
  async function start({ count = 3, names = [''], options = {}, isDeaf }) {
    const program = new Program(PROGRAM, {
      args: [JSON.stringify({ count, names, options })],
      hasInput: true
    });
    const members = [];
    for (let id = 1; id <= count; id++) {
      for (const [i, name] of names.entries()) {
        // The same name may be there several times.
        const earlier = names.slice(0, i).filter((other) => other === name);
        const start = `^${id} listens ${name} `;
        const [, port] = await program.prints(
          new RegExp(`(?:${start}[^]*){${earlier.length}}${start}(\\d+)$`, 'm')
        );
        if (!isDeaf) {
          await program.prints(new RegExp(`^${id} ready ${name}$`, 'm'));
        }
        members.push(await Member.connect({ port: Number(port) }));
      }
    }
    return { members, program };
  }

  async function statsOf(program) {
    program.output = '';
    program.type('stats\n');
    return JSON.parse((await program.prints(/^stats (.*)\n/m))[1]);
  }

  /* Resolves when the primary tells so. */
  function tells(program, expected) {
    const asked = (async () => {
      for (;;) {
        const stats = await statsOf(program);
        const keys = Object.keys(expected);
        if (keys.every((key) => stats[key] === expected[key])) return stats;
      }
    })();
    return guard(asked, JSON.stringify(expected));
  }

  it('publish to the subscribers of each worker, once each', async () => {
    const { members, program } = await start({});
    const [one, two, three] = members;
    for (const member of [two, three]) await member.do('subscribe', 'news');
    await tells(program, { subscriptions: 2, workers: 3 });
    assert.strictEqual(await one.do('publish', 'news', 'grüße \ud83d'), 0);
    await one.do('publishBytes', 'news', '00ff80');
    assert.strictEqual(await two.do('publish', 'news', 'b'), 1);
    await three.do('publishElse', 'news', 'c');

    assert.deepStrictEqual(await heardByAll(members), [
      [],
      ['00ff80', 'b', 'c', 'grüße \ufffd'],
      ['00ff80', 'b', 'grüße \ufffd']
    ]);
  });

  it('get what is published only while they have subscribers', async () => {
    const { members, program } = await start({ count: 2 });
    const [one, two] = members;
    await two.do('subscribe', 'news');
    await tells(program, { subscriptions: 1 });
    await one.do('publish', 'news', 'first');
    assert.strictEqual(await two.hears(), 'first');
    await two.do('unsubscribe', 'news');
    await tells(program, { subscriptions: 0, relayed: 1 });
    await one.do('publish', 'news', 'second');
    await one.do('broadcast', 'end');
    assert.strictEqual(await two.hears(), 'end');
    assert.strictEqual((await two.do('stats')).received, 2);
  });

  it('are apart where their names differ', async () => {
    const { members } = await start({ count: 2, names: ['a', 'b'] });
    const [oneA, oneB, twoA, twoB] = members;
    await oneA.do('broadcast', 'to a');
    await oneB.do('broadcast', 'to b');

    assert.strictEqual(await twoA.hears(), 'to a');
    assert.strictEqual(await twoB.hears(), 'to b');
    for (const member of [twoA, twoB]) {
      assert.strictEqual((await member.do('stats')).received, 1);
    }
  });

  it('are together where they have one name in one worker', async () => {
    const { members } = await start({ count: 1, names: ['x', 'x'] });
    await members[0].do('broadcast', 'to all');

    for (const member of members) {
      assert.strictEqual(await member.hears(), 'to all');
    }
    assert.strictEqual((await members[0].do('stats')).received, 0);
    assert.strictEqual((await members[1].do('stats')).received, 1);
  });

  it('outlive one of them', async () => {
    const { members, program } = await start({});
    for (const member of members) await member.do('subscribe', 'news');
    await tells(program, { subscriptions: 3 });
    program.type('kill 2\n');
    await tells(program, { subscriptions: 2, workers: 2 });
    await members[0].do('publish', 'news', 'on we go');

    assert.strictEqual(await members[2].hears(), 'on we go');
    assert.strictEqual(await members[0].hears(), 'on we go');
  });

  it('lose messages and no memory where a worker lags behind', async () => {
    const limit = 100000;
    const { members, program } = await start({
      count: 2,
      options: { adapter: { maxPendingBytes: limit } }
    });
    await members[1].do('subscribe', 'news');
    await tells(program, { subscriptions: 1 });
    await members[0].do('publishMany', 'news', 5000, 'x'.repeat(1000));
    await program.prints(/^1 trouble UVWS_ERR_ADAPTER_OVERFLOW$/m);
    const { dropped, pendingBytes } = await members[0].do('stats');

    assert.ok(dropped > 0 && dropped < 5000, `${dropped}`);
    assert.ok(pendingBytes <= limit, `${pendingBytes}`);
    await tells(program, { relayed: 5000 - dropped });
  });

  it('say so where the primary passes nothing on', async () => {
    const { members, program } = await start({
      count: 1,
      isDeaf: true,
      options: { adapter: { stallTimeout: 20 }, hub: null }
    });
    await program.prints(/^1 trouble UVWS_ERR_ADAPTER_DISCONNECTED$/m);
    await members[0].do('subscribe', 'news');
    assert.strictEqual(await members[0].do('publish', 'news', 'x'), 1);
  });

  it('let go when the server is closed', async () => {
    const { members, program } = await start({ count: 2 });
    await members[0].do('subscribe', 'news');
    await tells(program, { subscriptions: 1 });
    await members[0].do('close');
    members[0].peer.ws.terminate();
    await tells(program, { subscriptions: 0 });
  });

  it('are refused in the primary, and for two servers', () => {
    assert.throws(
      () => new WebSocketServer({ noServer: true, adapter: clusterAdapter() }),
      /A cluster adapter works in a worker of node:cluster/
    );
    assert.throws(() => clusterAdapter({ name: 1 }), TypeError);
    assert.throws(() => clusterAdapter({ maxPendingBytes: 'x' }), TypeError);
    assert.throws(() => clusterAdapter({ stallTimeout: 0 }), RangeError);
    assert.throws(() => setupPrimary({ maxPendingBytes: -1 }), RangeError);
  });
});
