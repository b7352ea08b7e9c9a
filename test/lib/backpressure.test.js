'use strict';

const assert = require('node:assert');
const http = require('node:http');

const { WebSocket, WebSocketServer } = require('../support/implementation');
const { HOST, forEachTransport, onRelease } = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  called,
  nextEvent,
  turn,
  turns,
  until
} = require('../support/wait');

const PIECE = Buffer.alloc(64 * 1024);
const MANY = 1000; // pieces that no socket's buffers hold

/* Sends to a peer that does not read until send() says that it is enough. */
async function fill(ws) {
  let count = 0;

  while (ws.send(PIECE)) {
    count++;
    assert.ok(count < MANY, 'send() never returned false');
    if (count % 16 === 0) await turn();
  }
  return count + 1;
}

describe('back-pressure', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('is what send() returns, and drain tells when it is over', async () => {
      const { client, ws } = await transport.pair();
      let drains = 0;
      let received = 0;

      ws.on('drain', () => {
        drains++;
        assert.strictEqual(ws.bufferedAmount, 0);
      });
      client.on('message', () => received++);
      client.pause();
      assert.strictEqual(ws.send('short'), true);
      const count = await fill(ws);
      assert.strictEqual(ws.send('one more'), false);
      assert.ok(ws.bufferedAmount > 0);
      assert.strictEqual(drains, 0);
      const drained = nextEvent(ws, 'drain');
      client.resume();
      await drained;
      assert.strictEqual(ws.send('short'), true);
      await until(() => received === count + 3, 'every message');
      assert.strictEqual(drains, 1);
    });

    it('is false once the connection closes', async () => {
      const { ws } = await transport.pair();
      const closed = nextEvent(ws, 'close');

      ws.close();
      assert.strictEqual(ws.send('late'), false);
      await closed;
      assert.strictEqual(ws.send('too late'), false);
    });

    it('closes with 1013 who reads too slowly', async () => {
      const { client, ws } = await transport.pair({
        maxBackpressure: 256 * 1024
      });
      const closed = nextEvent(ws, 'close');
      const codes = nextEvent(client, 'close');
      const errors = [];

      client.pause();
      for (let i = 0; i < MANY && ws.readyState === ws.OPEN; i++) {
        ws.send(PIECE, (err) => err && errors.push(err.code));
        assert.ok(ws.bufferedAmount < 1 << 20, `${ws.bufferedAmount}`);
        await turn();
      }
      assert.strictEqual(ws.readyState, ws.CLOSING);
      await turns(2);
      assert.ok(errors.includes('UVWS_ERR_BACKPRESSURE'), `${errors}`);
      client.resume();
      assert.strictEqual((await codes)[0], 1013);
      assert.strictEqual((await closed)[0], 1013);
    });

    it('drops what is too much', async () => {
      const { client, ws } = await transport.pair({
        maxBackpressure: 256 * 1024,
        backpressurePolicy: 'drop'
      });
      const dropped = [];
      const received = [];
      const errors = [];

      ws.on('dropped', (data) => dropped.push(data.readUInt32BE(0)));
      let isOver = false;
      client.on('message', (data) => {
        if (data.length === PIECE.length) received.push(data.readUInt32BE(0));
        else isOver = true;
      });
      client.pause();
      for (let i = 0; i < MANY && dropped.length < 10; i++) {
        const data = Buffer.from(PIECE);

        data.writeUInt32BE(i);
        ws.send(data, (err) => err && errors.push(err.code));
        assert.ok(ws.bufferedAmount < 1 << 20, `${ws.bufferedAmount}`);
        await turn();
      }
      assert.strictEqual(dropped.length, 10);
      assert.strictEqual(errors.length, 10);
      assert.strictEqual(errors[0], 'UVWS_ERR_BACKPRESSURE');
      const drained = nextEvent(ws, 'drain');
      client.resume();
      await drained;
      assert.strictEqual(ws.send('last'), true);
      await until(() => isOver, 'the last message');
      assert.deepStrictEqual(
        [...received, ...dropped].sort((a, b) => a - b),
        Array.from({ length: received.length + dropped.length }, (_, i) => i)
      );
    });

    it('of one subscriber is no matter of the others', async () => {
      const endpoint = await transport.listen({
        maxBackpressure: 256 * 1024,
        backpressurePolicy: 'drop'
      });
      const slow = await endpoint.connected();
      const quick = await endpoint.connected();
      const dropped = [];
      let received = 0;

      slow.ws.on('dropped', (data) => dropped.push(data));
      quick.client.on('message', () => received++);
      slow.client.pause();
      let count = 0;
      for (; count < MANY && dropped.length < 10; count++) {
        endpoint.wss.broadcast(PIECE);
        await turn();
        assert.ok(slow.ws.bufferedAmount < 1 << 20);
        await until(() => received === count + 1, 'the quick one');
      }
      assert.strictEqual(dropped.length, 10);
      assert.strictEqual(dropped[0], PIECE);
      assert.strictEqual(endpoint.wss.broadcast(PIECE), 1);
      slow.client.resume();
      await until(() => slow.ws.bufferedAmount === 0, 'the slow one');
      assert.strictEqual(endpoint.wss.broadcast(PIECE), 2);
    });

    it('of a subscriber may close it in the middle of a publish', async () => {
      const endpoint = await transport.listen({ maxBackpressure: 64 * 1024 });
      const pairs = [];

      for (let i = 0; i < 3; i++) pairs.push(await endpoint.connected());
      const closed = nextEvent(pairs[1].ws, 'close');
      const codes = nextEvent(pairs[1].client, 'close');
      pairs[1].client.pause();
      for (const { ws } of pairs) ws.subscribe('t');
      for (let i = 0; i < MANY && pairs[1].ws.readyState === 1; i++) {
        endpoint.wss.publish('t', PIECE);
        await turn();
        await until(
          () => pairs[0].ws.bufferedAmount + pairs[2].ws.bufferedAmount === 0,
          'the quick ones'
        );
      }
      assert.strictEqual(pairs[1].ws.readyState, pairs[1].ws.CLOSING);
      assert.strictEqual(endpoint.wss.publish('t', 'x'), 2);
      pairs[1].client.resume();
      assert.strictEqual((await codes)[0], 1013);
      assert.strictEqual((await closed)[0], 1013);
    });

    it("tells of nothing that is dropped behind 'close'", async () => {
      const { client, ws } = await transport.pair({
        maxBackpressure: 64 * 1024,
        backpressurePolicy: 'drop'
      });
      const events = [];

      for (const name of ['dropped', 'close']) {
        ws.on(name, () => events.push(name));
      }
      client.pause();
      await fill(ws);
      ws._socket.destroy();
      ws.send(PIECE);
      await nextEvent(ws, 'close');
      await turns(2);
      assert.strictEqual(events.at(-1), 'close');
    });

    it('never drops half a message', async () => {
      const { client, ws } = await transport.pair({
        maxBackpressure: 64 * 1024,
        backpressurePolicy: 'drop'
      });
      const codes = nextEvent(client, 'close');

      ws.on('dropped', () => assert.fail('dropped'));
      client.on('message', () => assert.fail('a message'));
      client.pause();
      for (let i = 0; i < MANY && ws.readyState === ws.OPEN; i++) {
        ws.send(PIECE, { fin: false });
        await turn();
      }
      assert.strictEqual(ws.readyState, ws.CLOSING);
      client.resume();
      assert.strictEqual((await codes)[0], 1013);
    });
  });

  forEachTransport(
    (transport) => {
      it('waits for a Blob, too', async () => {
        const { client, ws } = await transport.pair();
        const drained = nextEvent(ws, 'drain');
        const message = nextEvent(client, 'message');

        assert.strictEqual(ws.send(new Blob(['x'])), false);
        await drained;
        assert.strictEqual((await message)[0].toString(), 'x');
        assert.strictEqual(ws.send('y'), true);
      });

      it('waits for a thread that compresses, too', async () => {
        const endpoint = await transport.listen({ perMessageDeflate: true });
        const { ws } = await endpoint.connected('/', [], {
          perMessageDeflate: true
        });
        const drained = nextEvent(ws, 'drain');

        assert.strictEqual(ws.send(Buffer.alloc(1 << 20)), false);
        await drained;
        assert.strictEqual(ws.bufferedAmount, 0);
      });

      it('of what waits for a Blob is limited', async () => {
        const { ws } = await transport.pair({
          maxBackpressure: 1000,
          backpressurePolicy: 'drop'
        });
        const dropped = nextEvent(ws, 'dropped');

        ws.send(new Blob([Buffer.alloc(900)]));
        assert.strictEqual(ws.send('x'.repeat(200)), false);
        assert.strictEqual((await dropped)[0], 'x'.repeat(200));
      });

      it('may exceed the limit with one message', async () => {
        const { client, ws } = await transport.pair({ maxBackpressure: 1 });
        const message = nextEvent(client, 'message');

        ws.send(Buffer.alloc(8 << 20));
        assert.strictEqual((await message)[0].length, 8 << 20);
        assert.strictEqual(ws.readyState, ws.OPEN);
      });
    },
    ['port']
  );

  it('is the same for a client', async () => {
    const server = http.createServer();
    const wss = new WebSocketServer({ server });

    onRelease(() => server.closeAllConnections());
    await called((cb) => server.listen(0, HOST, cb));
    const connection = nextEvent(wss, 'connection');
    const client = new WebSocket(`ws://${HOST}:${server.address().port}`, {
      maxBackpressure: 128 * 1024,
      backpressurePolicy: 'drop'
    });
    onRelease(() => client.terminate());
    await nextEvent(client, 'open');
    const [ws] = await connection;

    ws.pause();
    await fill(client);
    const dropped = nextEvent(client, 'dropped');
    for (let i = 0; i < 5; i++) client.send(PIECE);
    assert.strictEqual((await dropped)[0], PIECE);
    const drained = nextEvent(client, 'drain');
    ws.resume();
    await drained;
    client.terminate();
    await called((cb) => server.close(cb));
  });

  it('has options that are checked', () => {
    const make = (options) => () =>
      new WebSocketServer({ noServer: true, ...options });
    const connect = (options) => () =>
      new WebSocket(`ws://${HOST}:1`, options).on('error', () => {});

    for (const attempt of [make, connect]) {
      for (const maxBackpressure of [0, -1, 1.5, NaN, Infinity]) {
        assert.throws(attempt({ maxBackpressure }), RangeError);
      }
      for (const maxBackpressure of ['1', {}]) {
        assert.throws(attempt({ maxBackpressure }), TypeError);
      }
      for (const backpressurePolicy of ['', 'block', 1]) {
        assert.throws(attempt({ backpressurePolicy }), TypeError);
      }
    }
  });
});
