'use strict';

const assert = require('assert');

const { Peer, closeAll } = require('../examples/peer');
const { Program, stopAll } = require('../examples/program');
const request = require('../examples/request');
const { TEST_TIMEOUT_MS, until } = require('../support/wait');
const { RedisServer, killAll } = require('./redis-server');

const PROGRAM = 'examples/chat-cluster/node.js';

describe('examples/chat-cluster', function () {
  this.timeout(TEST_TIMEOUT_MS);

  let redis;
  let nodes;

  beforeEach(async () => {
    redis = new RedisServer();
    await redis.start();
    const env = { REDIS_URL: `unix://${redis.path}` };
    nodes = [1, 2, 3].map(() => new Program(PROGRAM, { env }));
    for (const node of nodes) {
      node.port = await node.listening();
      await node.prints(/connected to the other nodes/);
    }
    await allSubscribe('chat:presence');
  });

  afterEach(async () => {
    closeAll();
    await stopAll();
    await killAll();
  });

  /* Resolves when Redis passes on to each node what comes through a channel. A
   * member is welcome before that: see doc/scaling.md. */
  function allSubscribe(channel) {
    return until(async () => {
      const [count] = await redis.countSubscribers('NUMSUB', [channel]);
      return count === nodes.length;
    }, `subscriptions to ${channel}`);
  }

  async function enter(node, name, token) {
    const peer = await Peer.connect(node.port);
    const welcome = await peer.join(name, token);
    assert.strictEqual(welcome.type, 'welcome', welcome.message);
    return Object.assign(peer, { me: welcome.you, welcome });
  }

  /* Members of three nodes who have all seen each other. */
  async function enterAll() {
    const ada = await enter(nodes[0], 'Ada');
    const bob = await enter(nodes[1], 'Bob');
    await ada.nextFrame('joined');
    const eve = await enter(nodes[2], 'Eve');
    for (const peer of [ada, bob]) await peer.nextFrame('joined');
    await allSubscribe('chat:t:room');
    return { ada, bob, eve };
  }

  async function hear(peers, text) {
    for (const peer of peers) {
      assert.strictEqual((await peer.nextFrame('message')).text, text);
    }
  }

  it('gives out the page of the chat', async () => {
    const { body, status } = await request(nodes[0].port, '/');
    assert.strictEqual(status, 200);
    assert.match(body, /<!doctype html>/i);
  });

  it('has one address, and puts a dead node up again', async () => {
    const program = new Program('examples/chat-cluster/start.js', {
      env: { REDIS_URL: `unix://${redis.path}` }
    });
    const nodeLine = String.raw`(\d+) Node on`;
    const start = new RegExp(`Chat on[^]*(?:${nodeLine}[^]*){3}`);
    await program.prints(start);
    const [, port] = await program.prints(/Chat on http:\/\/localhost:(\d+)/);
    const peers = [];
    for (const name of ['Ada', 'Bob', 'Eve']) {
      peers.push(await enter({ port: Number(port) }, name));
    }
    const [, pid] = await program.prints(new RegExp(nodeLine));
    process.kill(Number(pid), 'SIGKILL');
    await Promise.race(peers.map((peer) => peer.closed));
    await program.prints(new RegExp(`(?:${nodeLine}[^]*){4}`));
    assert.strictEqual((await program.stop()).code, 0);
  });

  it('is one room', async () => {
    const { ada, bob, eve } = await enterAll();
    assert.deepStrictEqual(eve.welcome.members.map(({ name }) => name).sort(), [
      'Ada',
      'Bob',
      'Eve'
    ]);
    ada.send({ type: 'say', text: 'hello all' });
    await hear([ada, bob, eve], 'hello all');
    bob.send({ type: 'rename', name: 'Bert' });
    for (const peer of [ada, bob, eve]) {
      const { member, before } = await peer.nextFrame('renamed');
      assert.deepStrictEqual([member.name, before], ['Bert', 'Bob']);
    }
    eve.ws.close();
    for (const peer of [ada, bob]) {
      assert.deepStrictEqual((await peer.nextFrame('left')).member, eve.me);
    }
    const late = await enter(nodes[2], 'Late');
    assert.deepStrictEqual(
      late.welcome.history.map(({ text }) => text),
      ['hello all']
    );
  });

  it('has each name once', async () => {
    await enterAll();
    const peer = await Peer.connect(nodes[0].port);
    const { type, code } = await peer.join('eve');
    assert.deepStrictEqual([type, code], ['error', 'name-taken']);
  });

  it('goes on when a node dies', async () => {
    const { ada, bob, eve } = await enterAll();
    await nodes[0].stop('SIGKILL');
    await ada.closed;
    const back = await enter(nodes[1], 'Ada', ada.welcome.token);
    assert.deepStrictEqual(back.me, ada.me);
    back.send({ type: 'say', text: 'here again' });
    await hear([back, bob, eve], 'here again');
  });

  it('lets go of who was on a node that died', async () => {
    const { ada, bob, eve } = await enterAll();
    await nodes[0].stop('SIGKILL');
    for (const peer of [bob, eve]) {
      assert.deepStrictEqual((await peer.nextFrame('left')).member, ada.me);
    }
  });

  it('goes on in parts when Redis dies, and together with it again', async () => {
    const { ada, bob } = await enterAll();
    await redis.kill();
    for (const node of nodes) await node.prints(/alone/);
    ada.send({ type: 'say', text: 'alone?' });
    await hear([ada], 'alone?');
    await bob.nextFrame('left');
    await redis.start();
    for (const node of nodes) await node.prints(/alone[^]*connected to/);
    await allSubscribe('chat:t:room');
    await bob.nextFrame('joined');
    ada.send({ type: 'say', text: 'together' });
    await hear([ada, bob], 'together');
  });
});
