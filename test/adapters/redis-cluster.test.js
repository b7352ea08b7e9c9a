'use strict';

const assert = require('assert');

const { closeAll } = require('../examples/peer');
const { stopAll } = require('../examples/program');
const { TEST_TIMEOUT_MS, until } = require('../support/wait');
const { Node } = require('./nodes');
const { CLUSTER_KINDS } = require('./programs/redis-clients');
const { startRedisCluster } = require('./redis-cluster');
const { killAll } = require('./redis-server');

const PROGRAM = 'test/adapters/programs/node.js';
// Topics enough for each shard to have some.
const TOPICS = Array.from({ length: 12 }, (_, i) => `topic-${i}`);

describe('servers that share a cluster of Redis', function () {
  this.timeout(2 * TEST_TIMEOUT_MS);

  let redis;

  before(async () => {
    redis = await startRedisCluster(3);
  });

  after(killAll);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  async function startNodes(kind, options) {
    const { ports } = redis;
    const nodes = await Promise.all(
      Array.from({ length: 3 }, () =>
        Node.start(PROGRAM, { kind, ports, options })
      )
    );
    await Promise.all(nodes.map((node) => node.ready()));
    return nodes;
  }

  /* How many channels there are on each shard. */
  function countChannels(command) {
    return Promise.all(
      redis.servers.map(async (server) => {
        const answer = await server.ask('PUBSUB', command, 'uvws:t:*');
        return Number(/^\*(\d+)/.exec(answer)[1]);
      })
    );
  }

  /* Resolves when so many nodes subscribe to each channel. */
  function subscribed(command, expected) {
    const channels = ['uvws:b', ...TOPICS.map((topic) => `uvws:t:${topic}`)];
    const wanted = channels.map(() => expected);
    return until(async () => {
      const totals = channels.map(() => 0);
      for (const server of redis.servers) {
        const counts = await server.countSubscribers(command, channels);
        counts.forEach((count, i) => (totals[i] += count));
      }
      return String(totals) === String(wanted);
    }, `${expected} subscribers of each channel`);
  }

  /* Over several connections there is no order between topics. */
  async function publishAll(nodes) {
    for (const [i, topic] of TOPICS.entries()) {
      await nodes[i % 3].do('publish', topic, topic);
    }
    for (const { driver } of nodes) await driver.do('broadcast', 'to all');
    for (const { driver } of nodes) {
      const heard = [];
      while (heard.length < TOPICS.length + 3) heard.push(await driver.hears());
      const expected = [...TOPICS, 'to all', 'to all', 'to all'];
      assert.deepStrictEqual(heard.sort(), expected.sort());
      // Each third was its own.
      const { received } = await driver.do('stats');
      assert.strictEqual(received, (heard.length * 2) / 3);
    }
  }

  for (const kind of CLUSTER_KINDS) {
    it(`spread their topics over its shards, through ${kind}`, async () => {
      const nodes = await startNodes(kind);
      for (const node of nodes) {
        for (const topic of TOPICS) await node.do('subscribe', topic);
      }
      await subscribed('SHARDNUMSUB', 3);
      const channels = await countChannels('SHARDCHANNELS');
      assert.ok(
        channels.every((count) => count > 0),
        channels.join()
      );
      assert.deepStrictEqual(await countChannels('CHANNELS'), [0, 0, 0]);
      await publishAll(nodes);
    });

    it(`may use plain channels, through ${kind}`, async () => {
      const nodes = await startNodes(kind, { sharded: false });
      for (const node of nodes) {
        for (const topic of TOPICS) await node.do('subscribe', topic);
      }
      await subscribed('NUMSUB', 3);
      assert.deepStrictEqual(await countChannels('SHARDCHANNELS'), [0, 0, 0]);
      await publishAll(nodes);
    });
  }
});
