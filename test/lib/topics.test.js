'use strict';

const assert = require('node:assert');

const { WebSocket, WebSocketServer } = require('../support/implementation');
const { forEachTransport, onRelease } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, turns, until } = require('../support/wait');

/* Sends a last message and gives what each client heard before it. */
async function heard(wss, clients) {
  const texts = clients.map((client) => {
    const list = [];
    client.on('message', (data) => list.push(data.toString()));
    return list;
  });
  const each = () => {
    for (const ws of wss.clients) ws.send('the last one');
  };

  return async () => {
    each();
    await until(
      () => texts.every((list) => list.at(-1) === 'the last one'),
      'the last message'
    );
    return texts.map((list) => list.slice(0, -1));
  };
}

async function connect(transport, count, options) {
  const endpoint = await transport.listen(options);
  const pairs = [];

  for (let i = 0; i < count; i++) pairs.push(await endpoint.connected());
  return {
    endpoint,
    wss: endpoint.wss,
    sockets: pairs.map(({ ws }) => ws),
    clients: pairs.map(({ client }) => client)
  };
}

/* Takes note of what an adapter is asked. */
class RecordingAdapter {
  calls = [];

  attach(hooks) {
    this.hooks = hooks;
  }

  subscribe(topic) {
    this.calls.push(['subscribe', topic]);
  }

  unsubscribe(topic) {
    this.calls.push(['unsubscribe', topic]);
  }

  publish(topic, data, options) {
    this.calls.push(['publish', topic, data, options]);
  }

  close() {
    this.calls.push(['close']);
  }
}

describe('topics', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('reach those who subscribe, and nobody else', async () => {
      const { wss, sockets, clients } = await connect(transport, 3);
      const rest = await heard(wss, clients);

      assert.strictEqual(sockets[0].subscribe('news'), true);
      assert.strictEqual(sockets[1].subscribe('news'), true);
      assert.strictEqual(sockets[2].subscribe('new'), true);
      assert.strictEqual(wss.numSubscribers('news'), 2);
      assert.strictEqual(wss.publish('news', 'one'), 2);
      assert.strictEqual(sockets[0].publish('news', 'two'), 1);
      assert.strictEqual(sockets[2].publish('news', 'three'), 2);
      assert.strictEqual(wss.publish('nothing', 'four'), 0);
      assert.deepStrictEqual(await rest(), [
        ['one', 'three'],
        ['one', 'two', 'three'],
        []
      ]);
    });

    it('go to everybody in a broadcast', async () => {
      const { wss, sockets, clients } = await connect(transport, 3);
      const rest = await heard(wss, clients);

      sockets[0].send('before');
      assert.strictEqual(wss.broadcast('all'), 3);
      sockets[0].send('behind');
      assert.deepStrictEqual(await rest(), [
        ['before', 'all', 'behind'],
        ['all'],
        ['all']
      ]);
    });

    it('are left with the connection', async () => {
      const { wss, sockets, clients } = await connect(transport, 2);
      const closed = nextEvent(sockets[0], 'close');

      for (const ws of sockets) ws.subscribe('news');
      sockets[0].terminate();
      assert.strictEqual(wss.numSubscribers('news'), 1);
      await closed;
      assert.deepStrictEqual(sockets[0].subscriptions, []);
      assert.strictEqual(sockets[0].isSubscribed('news'), false);
      assert.strictEqual(sockets[0].subscribe('news'), false);
      assert.strictEqual(sockets[0].unsubscribe('news'), false);

      const gone = nextEvent(sockets[1], 'close');
      clients[1].terminate();
      await gone;
      assert.strictEqual(wss.numSubscribers('news'), 0);
      assert.strictEqual(wss.publish('news', 'x'), 0);
    });

    it('take every kind of data that send() takes', async () => {
      const { wss, sockets, clients } = await connect(transport, 1);
      const bytes = Buffer.from('bytes');
      const samples = [
        ['text', undefined, 'text', false],
        ['žluť 🐎 \ud800', undefined, 'žluť 🐎 \ufffd', false],
        ['', undefined, '', false],
        [42, undefined, '42', false],
        [bytes, undefined, 'bytes', true],
        [bytes, { binary: false }, 'bytes', false],
        ['text', { binary: true }, 'text', true],
        [new Uint8Array(bytes).buffer, {}, 'bytes', true],
        [new DataView(bytes.buffer, bytes.byteOffset, 2), {}, 'by', true],
        ['x'.repeat(70000), { compress: false }, 'x'.repeat(70000), false]
      ];
      const got = [];

      clients[0].on('message', (data, isBinary) => {
        got.push([data.toString(), isBinary]);
      });
      sockets[0].subscribe('t');
      for (const [data, options] of samples) {
        assert.strictEqual(wss.publish('t', data, options), 1);
      }
      await until(() => got.length === samples.length, 'all messages');
      assert.deepStrictEqual(
        got,
        samples.map(([, , text, isBinary]) => [text, isBinary])
      );
    });

    it('come behind what still waits for a thread or a Blob', async () => {
      const endpoint = await transport.listen({ perMessageDeflate: true });
      const { client, ws, wss } = await endpoint.connected('/', [], {
        perMessageDeflate: true
      });
      const rest = await heard(wss, [client]);
      const large = 'large '.repeat(50000);
      const bytes = Buffer.from('bytes');

      ws.subscribe('t');
      ws.send(large);
      assert.strictEqual(wss.publish('t', 'behind a thread'), 1);
      assert.strictEqual(wss.broadcast(bytes), 1);
      bytes.fill('-');
      ws.send(new Blob(['blob']));
      assert.strictEqual(wss.publish('t', 'behind a Blob'), 1);
      ws.send('be', { fin: false });
      assert.strictEqual(wss.publish('t', 'within a message'), 0);
      ws.send('gun');
      assert.strictEqual(wss.publish('t', 'last'), 1);

      const [texts] = await rest();

      assert.deepStrictEqual(texts, [
        large,
        'behind a thread',
        'bytes',
        'blob',
        'behind a Blob',
        'begun',
        'last'
      ]);
      assert.strictEqual(wss.publish('t', 'now'), 1);
    });

    it('are compressed where that was agreed on', async () => {
      const { wss, sockets, clients, endpoint } = await connect(transport, 1, {
        perMessageDeflate: { threshold: 100 }
      });
      const compressing = [
        await endpoint.connected('/', [], { perMessageDeflate: true }),
        await endpoint.connected('/', [], {
          perMessageDeflate: {
            serverMaxWindowBits: 9,
            serverNoContextTakeover: true
          }
        })
      ];
      const text = 'again and '.repeat(2000);
      const all = [...clients, ...compressing.map(({ client }) => client)];
      const rest = await heard(wss, all);

      assert.match(compressing[1].client.extensions, /permessage-deflate/);
      for (const ws of wss.clients) {
        ws.send(text);
        ws.subscribe('t');
      }
      assert.strictEqual(wss.publish('t', text), 3);
      assert.strictEqual(wss.publish('t', 'short'), 3);
      for (const ws of wss.clients) ws.send(text);
      assert.strictEqual(sockets[0].publish('t', text, { compress: false }), 2);
      const [plain, ...compressed] = await rest();

      assert.deepStrictEqual(plain, [text, text, 'short', text]);
      for (const texts of compressed) {
        assert.deepStrictEqual(texts, [text, text, 'short', text, text]);
      }
      if (transport.isSecure || !transport.hasAddress) return;
      for (const { ws } of compressing) {
        assert.ok(ws._socket.bytesWritten < 2 * text.length);
      }
    });

    it('are compressed by a thread where they are large', async () => {
      const { wss, clients, endpoint } = await connect(transport, 1, {
        perMessageDeflate: true
      });
      const compressing = [];

      for (let i = 0; i < 3; i++) {
        const pair = await endpoint.connected('/', [], {
          perMessageDeflate: true
        });

        compressing.push(pair);
      }
      const large = 'large '.repeat(50000);
      const bytes = Buffer.from(large);
      const all = [...clients, ...compressing.map(({ client }) => client)];
      const rest = await heard(wss, all);

      for (const ws of wss.clients) ws.subscribe('t');
      assert.strictEqual(wss.publish('t', large), 4);
      for (const { ws } of compressing) {
        assert.strictEqual(ws.bufferedAmount, large.length);
      }
      assert.strictEqual(wss.publish('t', 'small'), 4);
      assert.strictEqual(wss.broadcast(bytes), 4);
      bytes.fill('-');
      for (const { ws } of compressing) ws.send('sent');

      const [plain, ...compressed] = await rest();

      assert.deepStrictEqual(plain, [large, 'small', large]);
      for (const texts of compressed) {
        assert.deepStrictEqual(texts, [large, 'small', large, 'sent']);
      }
    });

    it('keep to the order of send()', async () => {
      const { wss, sockets, clients } = await connect(transport, 2);
      const rest = await heard(wss, clients);
      const expected = [];

      for (const ws of sockets) ws.subscribe('t');
      for (let i = 0; i < 500; i++) {
        const size = i % 50 === 0 ? 100000 : i;
        expected.push(`${i} ${'x'.repeat(size)}`, `own ${i}`);
        wss.publish('t', expected.at(-2));
        for (const ws of sockets) ws.send(expected.at(-1));
        if (i % 100 === 0) await turns(1);
      }
      assert.deepStrictEqual(await rest(), [expected, expected]);
    });

    it('leave out who is closing or in the middle of a message', async () => {
      const { wss, sockets, clients } = await connect(transport, 3);
      const texts = [];

      clients[1].on('message', (data) => texts.push(data.toString()));
      for (const ws of sockets) ws.subscribe('t');
      sockets[0].close();
      assert.strictEqual(sockets[0].subscribe('u'), false);
      sockets[1].send('half', { fin: false });
      assert.strictEqual(wss.publish('t', 'x'), 1);
      sockets[1].send('whole', { fin: true });
      assert.strictEqual(wss.publish('t', 'y'), 2);
      await until(() => texts.length === 2, 'two messages');
      assert.deepStrictEqual(texts, ['halfwhole', 'y']);
    });

    it('count in bufferedAmount', async () => {
      const { wss, ws, client } = await transport.pair();
      const payload = Buffer.alloc(1 << 20);
      let received = 0;

      client.on('message', () => received++);
      client.pause();
      ws.subscribe('t');
      let count = 0;
      while (ws.bufferedAmount < payload.length) {
        count += wss.publish('t', payload);
        await turns(1);
      }
      client.resume();
      await until(() => received === count, 'every message');
      assert.strictEqual(ws.bufferedAmount, 0);
    });

    it('survive closing and publishing in their own events', async () => {
      const { wss, sockets, clients } = await connect(transport, 6);
      let left = sockets.length;
      const closed = sockets.map((ws) => nextEvent(ws, 'close'));

      for (const ws of sockets) ws.subscribe('t');
      sockets.forEach((ws, i) => {
        ws.on('message', () => {
          wss.publish('t', Buffer.alloc(100000));
          sockets[(i + 1) % sockets.length].terminate();
          wss.publish('t', 'and more');
          ws.close();
          wss.broadcast(Buffer.alloc(100000));
        });
        ws.on('close', () => {
          left--;
          wss.publish('t', Buffer.alloc(100000));
        });
      });
      for (const client of clients) {
        client.on('message', () => client.send('back'));
      }
      wss.publish('t', 'start');
      await Promise.all(closed);
      assert.strictEqual(left, 0);
      assert.strictEqual(wss.numSubscribers('t'), 0);
    });
  });

  forEachTransport(
    (transport) => {
      it('are listed as they were subscribed to', async () => {
        const { ws } = await transport.pair();
        const names = ['', 'a', 'A', 'á', 'a/b', 'a\0b', '\ud800', '\udc00'];

        for (const name of names) assert.ok(ws.subscribe(name));
        for (const name of names) assert.ok(ws.subscribe(name));
        assert.deepStrictEqual(ws.subscriptions, names);
        for (const name of names) assert.ok(ws.isSubscribed(name));
        assert.strictEqual(ws.unsubscribe('a'), true);
        assert.strictEqual(ws.unsubscribe('a'), false);
        assert.strictEqual(ws.isSubscribed('a'), false);
        assert.deepStrictEqual(
          ws.subscriptions,
          names.filter((name) => name !== 'a')
        );
      });

      it('may be many', async () => {
        const { wss, sockets } = await connect(transport, 2);

        for (let i = 0; i < 100000; i++) sockets[i % 2].subscribe(`topic ${i}`);
        for (let i = 0; i < 1000; i++) sockets[1].subscribe(`topic ${i}`);
        assert.strictEqual(wss.numSubscribers('topic 998'), 2);
        assert.strictEqual(wss.numSubscribers('topic 99998'), 1);
        assert.strictEqual(wss.publish('topic 99999', 'x'), 1);
        assert.strictEqual(sockets[1].subscriptions.length, 50500);
        sockets[0].terminate();
        assert.strictEqual(wss.numSubscribers('topic 998'), 1);
        assert.strictEqual(wss.numSubscribers('topic 99998'), 0);
      });

      it('refuse what is no topic, no data and no options', async () => {
        const { wss, ws } = await transport.pair();
        const isTypeError = { name: 'TypeError' };

        for (const topic of [undefined, null, 1, {}, Symbol('t')]) {
          assert.throws(() => ws.subscribe(topic), isTypeError);
          assert.throws(() => ws.unsubscribe(topic), isTypeError);
          assert.throws(() => ws.isSubscribed(topic), isTypeError);
          assert.throws(() => ws.publish(topic, 'x'), isTypeError);
          assert.throws(() => wss.publish(topic, 'x'), isTypeError);
          assert.throws(() => wss.numSubscribers(topic), isTypeError);
        }
        for (const data of [undefined, null, {}, true, new Blob(['x'])]) {
          assert.throws(() => wss.publish('t', data), isTypeError);
          assert.throws(() => wss.broadcast(data), isTypeError);
        }
        for (const options of [null, 'binary', 1]) {
          assert.throws(() => wss.publish('t', 'x', options), isTypeError);
        }
      });

      it('let applications use the names for their own ends', async () => {
        const { wss, ws } = await transport.pair();
        const own = new Set();

        ws.subscriptions = own;
        assert.strictEqual(ws.subscriptions, own);
        ws.publish = wss.broadcast = () => 'mine';
        assert.strictEqual(ws.publish(), 'mine');
        assert.strictEqual(wss.broadcast(), 'mine');
      });

      it('are told to an adapter as they come and go', async () => {
        const adapter = new RecordingAdapter();
        const { wss, sockets, clients } = await connect(transport, 2, {
          adapter
        });
        const rest = await heard(wss, clients);
        const take = () => adapter.calls.splice(0);

        for (const ws of sockets) ws.subscribe('t');
        sockets[0].subscribe('u');
        assert.deepStrictEqual(take(), [
          ['subscribe', 't'],
          ['subscribe', 'u']
        ]);
        assert.deepStrictEqual(adapter.hooks.topics().sort(), ['t', 'u']);
        wss.publish('t', 'x');
        sockets[0].publish('t', 7, { binary: true, compress: false });
        wss.broadcast(Buffer.from('y'));
        assert.deepStrictEqual(take(), [
          ['publish', 't', 'x', { binary: false }],
          ['publish', 't', '7', { binary: true }],
          ['publish', null, Buffer.from('y'), { binary: true }]
        ]);
        adapter.hooks.deliver('u', 'from afar', { binary: false });
        adapter.hooks.deliver(null, Buffer.from('all'), { binary: true });
        assert.deepStrictEqual(take(), []);
        assert.deepStrictEqual(await rest(), [
          ['x', 'y', 'from afar', 'all'],
          ['x', '7', 'y', 'all']
        ]);
        sockets[0].unsubscribe('t');
        assert.deepStrictEqual(take(), []);
        sockets[1].terminate();
        assert.deepStrictEqual(take(), [['unsubscribe', 't']]);
        const closed = nextEvent(sockets[0], 'close');
        clients[0].close();
        await closed;
        assert.deepStrictEqual(take(), [['unsubscribe', 'u']]);

        const error = nextEvent(wss, 'adapterError');
        adapter.hooks.onError(new Error('the broker is gone'));
        assert.strictEqual((await error)[0].message, 'the broker is gone');
        const end = nextEvent(wss, 'close');
        wss.close();
        await end;
        assert.deepStrictEqual(take(), [['close']]);
      });
    },
    ['port']
  );

  it('are no matter of a client', () => {
    const wss = new WebSocketServer({ noServer: true });
    const client = new WebSocket(null, undefined, {});

    onRelease(() => wss.close());
    for (const act of [
      () => client.subscribe('t'),
      () => client.unsubscribe('t'),
      () => client.publish('t', 'x')
    ]) {
      assert.throws(act, { name: 'Error', code: 'UVWS_ERR_NO_SERVER' });
    }
    assert.deepStrictEqual(client.subscriptions, []);
    assert.strictEqual(client.isSubscribed('t'), false);
    assert.strictEqual(wss.broadcast('to nobody'), 0);
  });
});
