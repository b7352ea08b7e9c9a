'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { runChild } = require('../support/child');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, turns, until } = require('../support/wait');

/* A chunk that meets every listener that a chunk can meet. */
const CHUNK = Buffer.concat([
  frames.text('1'),
  frames.ping('2'),
  frames.pong('3'),
  frames.text('4')
]);

const EVENTS = ['message', 'ping', 'pong'];

/* Records the events of a connection and acts once, at the named one. */
function actAt(ws, name, act) {
  const log = [];
  let hasActed = false;

  for (const event of EVENTS) {
    ws.on(event, (data) => {
      log.push(`${event} ${data}`);
      if (event !== name || hasActed) return;
      hasActed = true;
      act(ws);
    });
  }
  ws.on('error', () => log.push('error'));
  ws.on('close', (code) => log.push(`close ${code}`));
  return log;
}

const ALL = ['message 1', 'ping 2', 'pong 3', 'message 4'];

describe('calls from inside the listeners', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    for (const name of EVENTS) {
      it(`terminates in ${name}: the chunk is told to its end`, async () => {
        const { ws, peer } = await transport.open();
        const closed = nextEvent(ws, 'close');
        const log = actAt(ws, name, () => ws.terminate());
        peer.write(CHUNK);
        await closed;

        assert.deepStrictEqual(log, [...ALL, 'close 1006']);
      });

      it(`closes in ${name}: the chunk is told to its end`, async () => {
        const { ws, peer } = await transport.open();
        const closed = nextEvent(ws, 'close');
        const log = actAt(ws, name, () => ws.close(1000));
        peer.write(CHUNK, frames.close(4000));
        await peer.framesToEnd();
        peer.end();
        await closed;

        assert.deepStrictEqual(log, [...ALL, 'close 4000']);
      });

      it(`sends in ${name}: all arrives in order`, async () => {
        const { ws, peer } = await transport.open();
        actAt(ws, name, () => {
          ws.send('a');
          ws.ping('b');
          ws.pong('c');
          ws.send('d'.repeat(70000));
        });
        peer.write(CHUNK, frames.ping('end'));
        const got = [];
        while (got.at(-1) !== 'end') {
          const { payload } = await peer.nextFrame();
          if (String(payload) !== '2') got.push(String(payload));
        }

        assert.deepStrictEqual(got, ['a', 'b', 'c', 'd'.repeat(70000), 'end']);
      });

      it(`removes all listeners in ${name}: the rest is silent`, async () => {
        const { ws, peer } = await transport.open();
        const log = actAt(ws, name, () => {
          for (const event of EVENTS) ws.removeAllListeners(event);
        });
        peer.write(CHUNK, frames.ping('end'));
        await peer.nextFrames(2);

        assert.deepStrictEqual(
          log,
          ALL.slice(0, ALL.findIndex((one) => one.startsWith(name)) + 1)
        );
      });
    }

    it('terminates another connection in message', async () => {
      const endpoint = await transport.listen();
      const one = await endpoint.accepted();
      const two = await endpoint.accepted();
      const log = [];
      for (const { ws } of [one, two]) {
        ws.on('message', () => {
          log.push('message');
          for (const other of endpoint.wss.clients) {
            if (other !== ws) other.terminate();
          }
        });
        ws.on('close', () => log.push('close'));
      }
      one.peer.write(frames.text('x'));
      two.peer.write(frames.text('y'));
      await until(() => log.includes('close'), 'a close');
      await turns(5);

      assert.strictEqual(log[0], 'message');
      assert.ok(endpoint.wss.clients.size <= 1);
    });

    it('terminates, closes and sends in connection', async () => {
      const acts = {
        terminate: (ws) => ws.terminate(),
        close: (ws) => ws.close(1013, 'later'),
        send: (ws) => ws.send('hello')
      };
      const endpoint = await transport.listen({}, (ws, req) => {
        acts[req.url.slice(1)](ws);
      });
      const terminated = await endpoint.raw();
      await terminated.upgrade({ path: '/terminate' });
      await terminated.ended();
      const closed = await endpoint.upgraded({ path: '/close' });
      assert.strictEqual((await closed.nextFrame()).code, 1013);
      const open = await endpoint.upgraded({ path: '/send' });
      assert.strictEqual((await open.nextFrame()).payload.toString(), 'hello');
    });

    it('terminates, closes and sends in error and close', async () => {
      const { endpoint, ws, peer } = await transport.open();
      const log = [];
      for (const name of ['error', 'close']) {
        ws.on(name, () => {
          log.push(name);
          ws.send('x');
          ws.ping();
          ws.close(1000);
          ws.terminate();
          ws.close();
        });
      }
      peer.write(frames.frame(3));
      await until(() => log.includes('close'), 'a close');
      await turns(5);

      assert.deepStrictEqual(log, ['error', 'close']);
      const other = await endpoint.upgraded();
      other.write(frames.ping('alive'));
      assert.strictEqual((await other.nextFrame()).payload.toString(), 'alive');
    });

    it('terminates and sends in the callback of a send', async () => {
      const { ws, peer } = await transport.open();
      const closed = nextEvent(ws, 'close');
      ws.send('1', () => {
        ws.send('2', () => ws.terminate());
      });

      assert.strictEqual((await closed)[0], 1006);
      const got = await peer.framesToEnd();
      assert.deepStrictEqual(
        got.map(({ payload }) => payload.toString()),
        ['1', '2']
      );
    });

    it('accepts connections from inside a close of the server', async () => {
      const { wss, ws, peer } = await transport.open();
      ws.on('message', () => wss.close());
      peer.write(frames.text('close'), frames.ping('still'));

      assert.strictEqual((await peer.nextFrame()).payload.toString(), 'still');
    });

    const thrown = {
      message: frames.text('x'),
      ping: frames.ping('x'),
      pong: frames.pong('x'),
      error: frames.frame(3),
      close: frames.close(1000)
    };

    for (const value of ['error', 'null', 'undefined']) {
      it(`throws ${value} in each listener: an uncaughtException`, async () => {
        const { code, reports, stderr } = await runChild(
          throwEverywhere,
          transport.name,
          value,
          Object.entries(thrown).map(([k, v]) => [k, v.toString('hex')])
        );
        const message = value === 'error' ? 'thrown' : value;

        assert.strictEqual(code, 0, stderr);
        for (const [name, caught] of reports.slice(0, -1)) {
          assert.deepStrictEqual(caught, [message], name);
        }
        assert.deepStrictEqual(reports.at(-1), 'echo');
        assert.strictEqual(reports.length, 9);
      });
    }
  });
});

/*
 * Runs in a child: throws in each listener of one connection each, and tells
 * what was uncaught; then whether the server still echoes.
 */
async function throwEverywhere(kit, transportName, value, chunks) {
  const { wait, report, frames } = kit;
  const values = { error: new Error('thrown'), null: null };
  const caught = kit.collectUncaught();
  const endpoint = await kit.transports[transportName].listen();

  const fail = () => {
    throw values[value];
  };
  const told = async (name) => {
    await wait.until(() => caught.length > 0, `what ${name} threw`);
    await wait.turns(3);
    report([name, caught.splice(0)]);
  };

  for (const [name, hex] of chunks) {
    const { ws, peer } = await endpoint.accepted();
    if (name !== 'error') ws.on('error', () => {});
    ws.on(name, fail);
    peer.write(Buffer.from(hex, 'hex'));
    if (name === 'close') peer.end();
    await told(name);
    peer.destroy();
  }

  const { ws, peer } = await endpoint.accepted();
  ws.send('x', fail);
  await told('a callback');
  peer.destroy();

  for (const name of ['connection', 'headers']) {
    endpoint.wss.prependOnceListener(name, fail);
    const refused = await endpoint.raw();
    refused.upgrade().catch(() => {});
    await told(name);
    refused.destroy();
  }

  endpoint.wss.on('connection', (one) => {
    one.on('message', (data) => one.send(data));
  });
  const last = await endpoint.upgraded();
  last.write(frames.text('echo'));
  report((await last.nextFrame()).payload.toString());
  process.exit();
}
