'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { upgradeRequest } = require('../support/raw-client');
const { forEachTransport } = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  called,
  guard,
  nextEvent,
  turns,
  until
} = require('../support/wait');

/* Answers the close frame that comes next; gives it. */
async function answerClose(peer) {
  const frame = await peer.nextFrame();

  peer.write(frames.close(frame.code));
  await peer.ended();
  peer.end();
  return frame;
}

describe('the graceful close of a server', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('says 1001 to the clients and waits for them', async () => {
      const endpoint = await transport.listen();
      const [one, other] = [
        await endpoint.accepted(),
        await endpoint.accepted()
      ];
      const closed = nextEvent(one.ws, 'close');
      let isClosed = false;
      const promise = endpoint.wss.close({}).then((value) => {
        isClosed = true;
        return value;
      });

      assert.strictEqual((await answerClose(one.peer)).code, 1001);
      assert.strictEqual((await closed)[0], 1001);
      await turns(3);
      assert.strictEqual(isClosed, false);
      const frame = await answerClose(other.peer);
      assert.deepStrictEqual([frame.code, frame.reason], [1001, '']);
      assert.strictEqual(await guard(promise, 'the close'), undefined);
    });

    it('says what it is told to say', async () => {
      const { wss, peer } = await transport.open();
      const promise = wss.close({ code: 4000, reason: 'so long' });
      const frame = await answerClose(peer);

      assert.deepStrictEqual([frame.code, frame.reason], [4000, 'so long']);
      await guard(promise, 'the close');
    });

    it('terminates who does not answer in time', async () => {
      const { wss, peer, ws } = await transport.open();
      const closed = nextEvent(ws, 'close');

      await guard(wss.close({ timeout: 5 }), 'the close');
      assert.strictEqual((await closed)[0], 1006);
      assert.deepStrictEqual(
        (await peer.framesToEnd()).map(({ code }) => code),
        [1001]
      );
    });

    it('writes the close frame even without any time', async () => {
      const { wss, peer, ws } = await transport.open();
      const closed = nextEvent(ws, 'close');

      ws.send('last words');
      await guard(wss.close({ timeout: 0 }), 'the close');
      await closed;
      assert.deepStrictEqual(
        (await peer.framesToEnd()).map(({ opcode }) => opcode),
        [frames.TEXT, frames.CLOSE]
      );
    });

    it('can leave the clients alone until the time is over', async () => {
      const { wss, peer, ws } = await transport.open();
      const closed = nextEvent(ws, 'close');

      await guard(wss.close({ closeClients: false, timeout: 5 }), 'the close');
      assert.strictEqual((await closed)[0], 1006);
      assert.deepStrictEqual(await peer.framesToEnd(), []);
    });

    it('waits for clients that go by themselves', async () => {
      const { wss, peer } = await transport.open();
      const promise = wss.close({ closeClients: false });

      peer.write(frames.close(1000));
      await peer.ended();
      peer.end();
      await guard(promise, 'the close');
    });

    it('takes a callback and then gives no promise', async () => {
      const { wss, peer } = await transport.open();
      let result;
      const args = called((done) => {
        result = wss.close({}, done);
      });

      assert.strictEqual(result, undefined);
      await answerClose(peer);
      assert.deepStrictEqual((await args).slice(1), []);
      assert.strictEqual((await args)[0], undefined);
    });

    it('tells that the server was closed before', async () => {
      const { wss } = await transport.listen();
      const message = 'The server is not running';

      await guard(wss.close({}), 'the close');
      await assert.rejects(guard(wss.close({}), 'the refusal'), { message });
      const [err] = await called((done) => wss.close({}, done));
      assert.strictEqual(err.message, message);
    });

    it('hurries a close that has begun', async () => {
      const { wss, ws } = await transport.open();
      const closed = nextEvent(ws, 'close');
      const first = called((done) => wss.close(done));

      await turns(2);
      assert.strictEqual(ws.readyState, ws.OPEN);
      await guard(wss.close({ timeout: 0 }), 'the close');
      await first;
      await closed;
    });

    it('lets each listener do what it likes', async () => {
      const endpoint = await transport.listen();
      const clients = [];
      for (let i = 0; i < 6; i++) clients.push((await endpoint.accepted()).ws);
      clients.forEach((ws, i) => {
        ws.on('close', () => {
          clients[(i + 1) % clients.length].terminate();
          endpoint.wss.close({ timeout: 0 }).catch(() => {});
        });
      });
      clients[0].terminate();
      await guard(endpoint.wss.close({ timeout: 0 }), 'the close');
      await until(() => endpoint.wss.clients.size === 0, 'the end of all');
    });

    it('judges its options before it does anything', async () => {
      const { wss, peer, ws } = await transport.open();

      for (const [options, type] of [
        [{ timeout: -1 }, RangeError],
        [{ timeout: 1.5 }, RangeError],
        [{ timeout: Infinity }, RangeError],
        [{ timeout: 2 ** 31 }, RangeError],
        [{ timeout: '1' }, TypeError],
        [{ code: 1006 }, TypeError],
        [{ code: '1000' }, TypeError],
        [{ reason: 'x'.repeat(124) }, RangeError]
      ]) {
        assert.throws(() => wss.close(options), type);
      }
      ws.send('still here');
      assert.strictEqual(
        (await peer.nextFrame()).payload.toString(),
        'still here'
      );
    });

    it('needs to know the clients', async () => {
      const { wss } = await transport.listen({ clientTracking: false });

      assert.throws(() => wss.close({}), TypeError);
    });
  });

  forEachTransport(
    (transport) => {
      it('does not wait for clients that nobody verifies', async () => {
        let isAsked = false;
        const endpoint = await transport.listen({
          // eslint-disable-next-line no-unused-vars -- two parameters: it answers later
          verifyClient: (info, callback) => {
            isAsked = true;
          }
        });
        const peer = await endpoint.raw();

        peer.write(upgradeRequest());
        await until(() => isAsked, 'the question');
        await guard(endpoint.wss.close({ timeout: 5 }), 'the close');
        await peer.ended();
      });

      it('does not wait for requests that never end', async () => {
        const endpoint = await transport.listen();
        const [slow, plain] = [await endpoint.raw(), await endpoint.raw()];

        slow.write(upgradeRequest().slice(0, 40));
        plain.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n');
        await plain.readHead();
        await guard(endpoint.wss.close({ timeout: 5 }), 'the close');
        await slow.ended();
        await plain.ended();
      });
    },
    ['port']
  );

  forEachTransport(
    (transport) => {
      it('refuses who comes now', async () => {
        const { endpoint, wss, peer } = await transport.open();
        const late = await endpoint.raw();
        const promise = wss.close({});

        assert.match(await late.upgrade(), /^HTTP\/1.1 503 /);
        await answerClose(peer);
        await guard(promise, 'the close');
      });
    },
    ['noServer', 'duplex']
  );
});
