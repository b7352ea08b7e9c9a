'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { WebSocket, WebSocketServer } = require('../support/implementation');
const {
  HOST,
  forEachTransport,
  onRelease,
  releaseAll
} = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, nextEvents } = require('../support/wait');
const { readTotals } = require('../../lib/hub-totals');

const heartbeatInterval = 20;

describe('heartbeatInterval', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('terminates a peer that says nothing', async () => {
      const { peer, ws, wss } = await transport.open({ heartbeatInterval });
      const [code] = await nextEvent(ws, 'close');

      assert.strictEqual(code, 1006);
      const heard = await peer.framesToEnd();
      assert.deepStrictEqual(
        heard.map(({ opcode, payload }) => [opcode, payload.length]),
        [[frames.PING, 0]]
      );
      assert.strictEqual(readTotals(wss._hub).silent, 1);
      assert.strictEqual(readTotals(wss._hub).open, 0);
    });

    it('keeps a peer that answers', async () => {
      const { client, ws } = await transport.pair({ heartbeatInterval });
      const pings = nextEvents(client, 'ping', 5);

      ws.on('close', () => assert.fail('closed'));
      await pings;
      ws.removeAllListeners('close');
      assert.strictEqual(ws.readyState, ws.OPEN);
    });

    it('is patient with who is not read', async () => {
      // Long enough to pause before anything happens.
      const { peer, ws, endpoint } = await transport.open({
        heartbeatInterval: 200
      });
      const other = await endpoint.accepted();

      ws.pause();
      await nextEvent(other.ws, 'close');
      await nextEvent((await endpoint.accepted()).ws, 'close');
      assert.strictEqual(ws.readyState, ws.OPEN);
      // Before the pause there may have been one ping.
      assert.ok(peer.length <= 2);
      ws.resume();
      await nextEvent(ws, 'close');
    });
  });

  afterEach(releaseAll);

  it('is the same for a client', async () => {
    const wss = new WebSocketServer({
      port: 0,
      host: HOST,
      autoPong: false
    });
    onRelease(() => wss.close({ timeout: 0 }));
    await nextEvent(wss, 'listening');
    const client = new WebSocket(`ws://${HOST}:${wss.address().port}`, {
      heartbeatInterval
    });
    const connection = nextEvent(wss, 'connection');
    const closed = nextEvent(client, 'close');
    const [ws] = await connection;
    let pings = 0;

    ws.on('ping', () => pings++);
    assert.strictEqual((await closed)[0], 1006);
    assert.strictEqual(pings, 1);
  });

  it('is checked', () => {
    const make = (interval) => () =>
      new WebSocketServer({ noServer: true, heartbeatInterval: interval });

    for (const interval of [0, -1, 0.5, 2 ** 31, NaN, Infinity]) {
      assert.throws(make(interval), RangeError);
    }
    for (const interval of ['1', {}, true]) {
      assert.throws(make(interval), TypeError);
    }
  });
});
