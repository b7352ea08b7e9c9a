'use strict';

const assert = require('assert');

const { closeAll } = require('../examples/peer');
const { stopAll } = require('../examples/program');
const { TEST_TIMEOUT_MS, until } = require('../support/wait');
const { Member, Node, heardByAll } = require('./nodes');
const { KINDS } = require('./programs/redis-clients');
const { RedisServer, killAll } = require('./redis-server');

const PROGRAM = 'test/adapters/programs/node.js';

function drivers(nodes) {
  return nodes.map((node) => node.driver);
}

describe('servers that share a Redis', function () {
  this.timeout(2 * TEST_TIMEOUT_MS);

  let redis;

  beforeEach(async () => {
    redis = new RedisServer();
    await redis.start();
  });

  afterEach(async () => {
    closeAll();
    await stopAll();
    await killAll();
  });

  function startNode(kind, options) {
    return Node.start(PROGRAM, { kind, path: redis.path, options });
  }

  async function startNodes(kind, count = 3, options = {}) {
    const starts = Array.from({ length: count }, () =>
      startNode(kind, options)
    );
    const nodes = await Promise.all(starts);
    await Promise.all(nodes.map((node) => node.ready()));
    return nodes;
  }

  /* Resolves when Redis knows so many subscribers of each channel. */
  function knows(...counts) {
    return knowsBy('NUMSUB', ...counts);
  }

  function knowsBy(command, ...counts) {
    const channels = counts.map(([channel]) => channel);
    return until(
      async () => {
        const known = await redis.countSubscribers(command, channels);
        return counts.every(([, count], i) => known[i] === count);
      },
      `subscribers: ${counts.join('; ')}`
    );
  }

  /* Resolves when Redis has answered to all that the node has published. */
  function answered(node) {
    const isAnswered = async () => (await node.do('stats')).pendingBytes === 0;
    return until(isAnswered, 'the answers of Redis');
  }

  for (const kind of KINDS) {
    describe(`through ${kind}`, () => {
      it('publish to the subscribers of each node, once each', async () => {
        const nodes = await startNodes(kind);
        await knows(['uvws:b', 3]);
        const members = await Promise.all(
          [...nodes, ...nodes].map((node) => Member.connect(node))
        );
        for (const member of members.slice(1)) {
          await member.do('subscribe', 'news');
        }
        await knows(['uvws:t:news', 3]);
        assert.strictEqual(await nodes[0].do('publish', 'news', 'a'), 1);
        assert.strictEqual(await nodes[1].do('publish', 'news', 'b'), 2);
        await nodes[2].do('publishBytes', 'news', '00ff80');
        await members[1].do('publishElse', 'news', 'c');
        await nodes[0].do('publish', 'else', 'nobody');
        const [none, author, ...others] = await heardByAll(
          drivers(nodes),
          members
        );

        assert.deepStrictEqual(none, []);
        assert.deepStrictEqual(author, ['00ff80', 'a', 'b']);
        for (const heard of others) {
          assert.deepStrictEqual(heard, ['00ff80', 'a', 'b', 'c']);
        }
      });

      it('keep the order of what one node publishes', async () => {
        const nodes = await startNodes(kind, 2);
        await nodes[1].do('subscribe', 'news');
        await knows(['uvws:t:news', 1]);
        await nodes[0].do('publishMany', 'news', 1000, 'x');

        for (let i = 0; i < 1000; i++) {
          assert.strictEqual(await nodes[1].driver.hears(), `${i} x`);
        }
        await answered(nodes[0]);
        assert.strictEqual((await nodes[0].do('stats')).dropped, 0);
      });

      it('subscribe while they have subscribers, no longer', async () => {
        const [one] = await startNodes(kind, 1);
        const member = await Member.connect(one);
        await member.do('subscribe', 'a');
        await member.do('subscribe', 'b');
        await one.do('subscribe', 'b');
        await knows(['uvws:t:a', 1], ['uvws:t:b', 1]);
        await member.do('unsubscribe', 'a');
        await knows(['uvws:t:a', 0], ['uvws:t:b', 1]);
        member.peer.ws.terminate();
        await one.do('unsubscribe', 'b');
        await knows(['uvws:t:a', 0], ['uvws:t:b', 0]);
        await one.do('subscribe', 'a');
        await knows(['uvws:t:a', 1]);
        assert.strictEqual((await one.do('stats')).topics, 1);
      });

      it('live on without Redis, and with it again', async () => {
        const nodes = await startNodes(kind, 2);
        const [one, two] = nodes;
        for (const node of nodes) await node.do('subscribe', 'news');
        await one.do('subscribe', 'old');
        await knows(['uvws:t:news', 2], ['uvws:t:old', 1]);
        await redis.kill();
        for (const node of nodes) await node.trouble('DISCONNECTED');
        assert.strictEqual(await one.do('publish', 'news', 'local'), 1);
        assert.strictEqual(await one.driver.hears(), 'local');
        await one.do('unsubscribe', 'old');
        await one.do('subscribe', 'new');
        const { dropped, isReady } = await one.do('stats');
        assert.deepStrictEqual([dropped, isReady], [1, false]);
        await redis.start();
        for (const node of nodes) await node.ready(2);
        await knows(['uvws:t:news', 2], ['uvws:t:old', 0], ['uvws:t:new', 1]);
        await two.do('publish', 'news', 'again');
        await two.do('publish', 'new', 'newer');
        const [heard, other] = await heardByAll(drivers(nodes));

        assert.deepStrictEqual(heard, ['again', 'newer']);
        assert.deepStrictEqual(other, ['again']);
        for (const node of nodes) {
          const trouble = 'trouble UVWS_ERR_ADAPTER_DISCONNECTED';
          assert.strictEqual(node.count(trouble), 1);
        }
      });

      it('start without Redis', async () => {
        await redis.kill();
        const node = await startNode(kind);
        await node.do('subscribe', 'news');
        await node.trouble('DISCONNECTED');
        assert.strictEqual(await node.do('publish', 'news', 'local'), 1);
        await redis.start();
        await node.ready();
        await knows(['uvws:t:news', 1]);
      });

      it('live on while Redis does not answer, within a bound', async () => {
        const nodes = await startNodes(kind, 2, {
          maxPendingBytes: 100000,
          stallTimeout: 50
        });
        const [one, two] = nodes;
        for (const node of nodes) await node.do('subscribe', 'news');
        await knows(['uvws:t:news', 2]);
        redis.pause();
        await one.do('publish', 'news', 'slow');
        await one.trouble('STALLED');
        await one.do('publishMany', 'news', 5000, 'x'.repeat(1000));
        await one.trouble('OVERFLOW');
        const { dropped, pendingBytes } = await one.do('stats');
        assert.ok(pendingBytes <= 100000, `${pendingBytes}`);
        assert.ok(dropped > 4800 && dropped < 5000, `${dropped}`);
        redis.resume();
        const [heard, other] = await heardByAll(drivers(nodes));

        assert.strictEqual(heard.length, 5001);
        assert.strictEqual(other.length, 5001 - dropped);
        assert.strictEqual(new Set(other).size, other.length);
        await answered(one);
        const trouble = 'trouble UVWS_ERR_ADAPTER_OVERFLOW';
        assert.strictEqual(one.count(trouble), 1);
        assert.strictEqual(two.count(trouble), 0);
      });

      it('outlive one of them', async () => {
        const nodes = await startNodes(kind);
        for (const node of nodes) await node.do('subscribe', 'news');
        await knows(['uvws:t:news', 3]);
        await nodes[0].kill();
        await knows(['uvws:t:news', 2]);
        await nodes[1].do('publish', 'news', 'on we go');

        assert.deepStrictEqual(await heardByAll(drivers(nodes.slice(1))), [
          ['on we go'],
          ['on we go']
        ]);
      });

      it('let go of it when the server is closed', async () => {
        const [one] = await startNodes(kind, 1);
        await one.do('close');
        one.driver.peer.ws.close();

        assert.deepStrictEqual(await one.program.ended(), {
          code: 0,
          signal: null
        });
      });

      it('use sharded channels where they are told to', async () => {
        const nodes = await startNodes(kind, 2, { sharded: true });
        await nodes[1].do('subscribe', 'news');
        await knowsBy('SHARDNUMSUB', ['uvws:t:news', 1]);
        await nodes[0].do('publish', 'news', 'sharded');
        assert.strictEqual(await nodes[1].driver.hears(), 'sharded');
        assert.match(await redis.ask('PUBSUB', 'CHANNELS'), /^\*0/);
        await nodes[1].do('unsubscribe', 'news');
        await knowsBy('SHARDNUMSUB', ['uvws:t:news', 0]);
      });

      it('do without sharded channels where there are none', async () => {
        await redis.kill();
        redis = new RedisServer(
          ['SSUBSCRIBE', 'SPUBLISH'].flatMap((name) => [
            '--rename-command',
            name,
            ''
          ])
        );
        await redis.start();
        const nodes = await startNodes(kind, 2, { sharded: true });
        await nodes[1].do('subscribe', 'news');
        await knows(['uvws:b', 2], ['uvws:t:news', 1]);
        await nodes[0].do('publish', 'news', 'plain');

        assert.strictEqual(await nodes[1].driver.hears(), 'plain');
      });

      it('hear none with another prefix, and no strangers', async () => {
        const one = await startNode(kind, { prefix: 'one' });
        const two = await startNode(kind, { prefix: 'two' });
        const nodes = [one, two];
        for (const node of nodes) {
          await node.ready();
          await node.do('subscribe', 'news');
        }
        await knows(['one:t:news', 1], ['two:t:news', 1]);
        await two.do('publish', 'news', 'for two');
        await redis.ask('PUBLISH', 'one:t:news', 'stranger');
        await redis.ask('PUBLISH', 'one:b', '""');
        assert.strictEqual(await two.driver.hears(), 'for two');
        await until(
          async () => (await one.do('stats')).malformed >= 2,
          'the strangers'
        );

        assert.deepStrictEqual(one.driver.heard, []);
      });
    });
  }
});
