'use strict';

const assert = require('assert');
const { once } = require('events');

const { memoryAdapters } = require('../../lib/adapters/memory');
const { Peer, closeAll } = require('../examples/peer');
const { redisAdapter } = require('../../lib/adapters/redis');
const { WebSocketServer } = require('../..');
const { TEST_TIMEOUT_MS, nextEvent, until } = require('../support/wait');

describe('servers of one process', function () {
  this.timeout(TEST_TIMEOUT_MS);

  const servers = [];

  afterEach(() => {
    closeAll();
    for (const wss of servers.splice(0)) wss.close();
  });

  async function open(adapter) {
    const wss = new WebSocketServer({ adapter, host: '127.0.0.1', port: 0 });
    servers.push(wss);
    wss.on('connection', (ws) => ws.subscribe('news'));
    await once(wss, 'listening');
    const peer = await Peer.connect(wss.address().port);
    await until(() => wss.numSubscribers('news') === 1, 'a subscriber');
    return { peer, wss };
  }

  it('hear each other, once each, as bytes or text', async () => {
    const adapter = memoryAdapters();
    const one = await open(adapter());
    const two = await open(adapter());
    const three = await open(memoryAdapters()());
    assert.strictEqual(one.wss.publish('news', 'text'), 1);
    two.wss.publish('news', new Uint16Array([1, 2]));
    one.wss.publish('else', 'nobody');
    two.wss.broadcast('all', { binary: true });

    for (const { peer } of [one, two]) {
      assert.deepStrictEqual(await peer.next(), {
        data: Buffer.from('text'),
        isBinary: false
      });
      assert.deepStrictEqual(await peer.next(), {
        data: Buffer.from([1, 0, 2, 0]),
        isBinary: true
      });
      assert.deepStrictEqual(await peer.next(), {
        data: Buffer.from('all'),
        isBinary: true
      });
    }
    three.wss.broadcast('own');
    assert.strictEqual(await three.peer.nextText(), 'own');
  });

  it('tell that they are connected', async () => {
    const adapter = memoryAdapters()();
    const wss = new WebSocketServer({ noServer: true, adapter });
    await nextEvent(wss, 'adapterReady');
    assert.strictEqual(adapter.stats().isReady, true);
    wss.close();
    await once(wss, 'close');
    assert.strictEqual(adapter.stats().isReady, false);
  });

  it('do not share an adapter', () => {
    const adapter = memoryAdapters()();
    servers.push(new WebSocketServer({ noServer: true, adapter }));
    assert.throws(
      () => new WebSocketServer({ noServer: true, adapter }),
      /An adapter can be attached to one server only/
    );
  });
});

describe('the option adapter', () => {
  it('must be an adapter', () => {
    for (const adapter of [{}, 1, { attach() {} }]) {
      assert.throws(() => new WebSocketServer({ noServer: true, adapter }), {
        name: 'TypeError',
        message:
          'The "adapter" option must have the methods attach, close, ' +
          'publish, subscribe, unsubscribe'
      });
    }
  });

  it('may be absent', () => {
    for (const adapter of [undefined, null]) {
      new WebSocketServer({ noServer: true, adapter }).close();
    }
  });

  it('of Redis is checked where it is made', () => {
    const client = { duplicate() {}, pSubscribe() {} };
    const wrong = [
      [[undefined], TypeError],
      [[{}], TypeError],
      [[client, { prefix: 1 }], TypeError],
      [[client, { sharded: 'yes' }], TypeError],
      [[client, { maxPendingBytes: '1' }], TypeError],
      [[client, { maxPendingBytes: 0.5 }], RangeError],
      [[client, { stallTimeout: 0 }], RangeError]
    ];

    for (const [args, type] of wrong) {
      assert.throws(() => redisAdapter(...args), type);
    }
  });
});
