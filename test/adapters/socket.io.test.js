'use strict';

const assert = require('assert');
const { once } = require('events');
const { io: connect } = require('socket.io-client');

const { Program, stopAll } = require('../examples/program');
const { TEST_TIMEOUT_MS, guard, until } = require('../support/wait');
const { RedisServer, killAll } = require('./redis-server');

const PROGRAM = 'test/adapters/programs/socket.io-node.js';

describe('Socket.IO with its own Redis adapter', function () {
  this.timeout(TEST_TIMEOUT_MS);

  const sockets = [];
  let redis;

  beforeEach(async () => {
    redis = new RedisServer();
    await redis.start();
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.disconnect();
    await stopAll();
    await killAll();
  });

  async function join(node, transports) {
    const socket = connect(`http://127.0.0.1:${node.port}`, {
      forceNew: true,
      transports
    });
    sockets.push(socket);
    await guard(once(socket, 'connect'), 'a connection');
    return socket;
  }

  for (const isSharded of [false, true]) {
    for (const transports of [['websocket'], ['polling', 'websocket']]) {
      const channels = isSharded ? 'sharded' : 'plain';

      it(`spans nodes on ${channels} channels, ${transports}`, async () => {
        const nodes = [1, 2].map(
          () =>
            new Program(PROGRAM, {
              args: [JSON.stringify({ isSharded, path: redis.path })]
            })
        );
        for (const node of nodes) node.port = await node.listening();
        const [ada, bob] = await Promise.all(
          nodes.map((node) => join(node, transports))
        );
        const eve = await join(nodes[1], transports);

        // The nodes have to find each other first.
        await until(
          async () => (await ada.emitWithAck('count')) === 3,
          'the nodes to find each other'
        );
        for (const socket of [ada, bob]) {
          await socket.emitWithAck('join', 'room');
        }
        const told = [ada, bob, eve].map((socket) => once(socket, 'told'));
        ada.emit('tell', 'all', Buffer.from([0, 255]));
        for (const args of await guard(Promise.all(told), 'what is told')) {
          assert.deepStrictEqual(args, ['all', Buffer.from([0, 255])]);
        }
        const heard = [];
        eve.on('said', (text) => heard.push(text));
        const said = once(bob, 'said');
        await until(() => roomIsKnown(redis, isSharded), 'the room');
        ada.emit('say', 'room', 'grüße');
        assert.deepStrictEqual(await guard(said, 'what is said'), ['grüße']);
        for (const [i, socket] of [ada, bob, eve].entries()) {
          socket.on('asked', (reply) => reply(i));
        }
        const answers = await bob.emitWithAck('ask');
        assert.deepStrictEqual(answers.sort(), [0, 1, 2]);
        assert.deepStrictEqual(heard, []);
      });
    }
  }
});

// With sharded channels each room may have one of its own.
async function roomIsKnown(redis, isSharded) {
  if (!isSharded) return true;
  return /room/.test(await redis.ask('PUBSUB', 'SHARDCHANNELS'));
}
