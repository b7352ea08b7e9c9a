'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { runChild } = require('../support/child');
const { WebSocket } = require('../support/implementation');
const { forEachTransport } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, turns } = require('../support/wait');

describe('[server-surface] calls from inside the hooks', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    /* Connects, whatever comes of it, then again with the hook disarmed. */
    async function assertSurvives(options, arm) {
      const state = { isArmed: true };
      const endpoint = await transport.listen(options(state));
      arm?.(endpoint, state);
      const peer = await endpoint.raw();
      peer.upgrade().catch(() => {});
      await peer.ended();
      peer.destroy();
      state.isArmed = false;
      const { ws, peer: other } = await endpoint.accepted();
      ws.send('alive');

      assert.strictEqual((await other.nextFrame()).payload.toString(), 'alive');
    }

    it('destroys the socket in verifyClient', async () => {
      await assertSurvives((state) => ({
        verifyClient: ({ req }) => {
          if (state.isArmed) req.socket.destroy();
          return true;
        }
      }));
    });

    it('ends the socket in verifyClient', async () => {
      await assertSurvives((state) => ({
        verifyClient: ({ req }) => {
          if (state.isArmed) req.socket.end('HTTP/1.1 403 No\r\n\r\n');
          return !state.isArmed;
        }
      }));
    });

    it('destroys the socket in handleProtocols', async () => {
      const endpoint = await transport.listen({
        handleProtocols: (protocols, req) => {
          if (req.url === '/destroy') req.socket.destroy();
          return 'p';
        }
      });
      const headers = { 'Sec-WebSocket-Protocol': 'p' };
      endpoint.wss.on('connection', (ws) => ws.on('error', () => {}));
      const peer = await endpoint.raw();
      peer.upgrade({ path: '/destroy', headers }).catch(() => {});
      await peer.ended();
      const { ws } = await endpoint.accepted({ headers });

      assert.strictEqual(ws.protocol, 'p');
    });

    it('destroys the socket in headers', async () => {
      await assertSurvives(
        () => ({}),
        ({ wss }, state) => {
          wss.on('headers', (lines, req) => {
            if (state.isArmed) req.socket.destroy();
          });
        }
      );
    });

    it('terminates and closes in the open event of a subclass', async () => {
      for (const act of [(ws) => ws.terminate(), (ws) => ws.close(1000)]) {
        let isArmed = true;
        class Sub extends WebSocket {
          constructor(...args) {
            super(...args);
            this.on('open', () => isArmed && act(this));
          }
        }
        const endpoint = await transport.listen({ WebSocket: Sub });
        const peer = await endpoint.raw();
        await peer.upgrade();
        if (act.toString().includes('terminate')) await peer.ended();
        else assert.strictEqual((await peer.nextFrame()).code, 1000);
        isArmed = false;
        await endpoint.accepted();
      }
    });

    it('closes the server in verifyClient and in headers', async () => {
      const endpoint = await transport.listen({
        verifyClient: () => {
          endpoint.wss.close();
          return true;
        }
      });
      const peer = await endpoint.raw();
      assert.match(await peer.upgrade(), / 503 /);

      const other = await transport.listen();
      other.wss.on('headers', () => other.wss.close());
      const { ws, peer: accepted } = await other.accepted();
      ws.send('in');
      assert.strictEqual((await accepted.nextFrame()).payload.toString(), 'in');
    });

    it('pauses in message, ping and pong and resumes later', async () => {
      for (const name of ['message', 'ping', 'pong']) {
        const { ws, peer } = await transport.open();
        const log = [];
        for (const event of ['message', 'ping', 'pong']) {
          ws.on(event, (data) => {
            log.push(`${data}`);
            if (event !== name) return;
            ws.pause();
            setImmediate(() => ws.resume());
          });
        }
        for (let i = 0; i < 3; i++) {
          peer.write(frames.text('1'), frames.ping('2'), frames.pong('3'));
          await turns(2);
        }
        const last = nextEvent(ws, 'close');
        peer.end();
        await last;

        assert.strictEqual(log.join(''), '123'.repeat(3));
      }
    });

    for (const value of ['error', 'null']) {
      it(`throws ${value} in each hook: an uncaughtException`, async () => {
        const { code, reports, stderr } = await runChild(
          throwInHooks,
          transport.name,
          value
        );
        const expected = value === 'error' ? 'thrown' : value;

        assert.strictEqual(code, 0, stderr);
        assert.deepStrictEqual(reports, [
          ['verifyClient', [expected]],
          ['handleProtocols', [expected]],
          ['shouldHandle', [expected]],
          ['wsClientError', [expected]],
          ['open', [expected]],
          'echo'
        ]);
      });
    }
  });
});

/* Runs in a child: throws in each hook, and tells what was uncaught. */
async function throwInHooks(kit, transportName, value) {
  const { wait, report, frames } = kit;
  const thrown = value === 'error' ? new Error('thrown') : null;
  const caught = kit.collectUncaught();
  let armed = '';

  const failIf = (name) => {
    if (armed === name) throw thrown;
  };
  class Sub extends kit.WebSocket {
    constructor(...args) {
      super(...args);
      this.on('open', () => failIf('open'));
    }
  }
  const endpoint = await kit.transports[transportName].listen({
    WebSocket: Sub,
    verifyClient: () => failIf('verifyClient') ?? true,
    handleProtocols: () => failIf('handleProtocols') ?? 'p'
  });
  const { wss } = endpoint;
  wss.shouldHandle = () => failIf('shouldHandle') ?? true;
  wss.on('wsClientError', (err, socket) => {
    socket.destroy();
    failIf('wsClientError');
  });

  const headers = { 'Sec-WebSocket-Protocol': 'p' };
  for (const name of [
    'verifyClient',
    'handleProtocols',
    'shouldHandle',
    'wsClientError',
    'open'
  ]) {
    armed = name;
    const peer = await endpoint.raw();
    const method = name === 'wsClientError' ? 'POST' : 'GET';
    peer.upgrade({ headers, method }).catch(() => {});
    await wait.until(() => caught.length > 0, `what ${name} threw`);
    await wait.turns(3);
    report([name, caught.splice(0)]);
    peer.destroy();
  }

  armed = '';
  wss.on('connection', (ws) => ws.on('message', (data) => ws.send(data)));
  const last = await endpoint.upgraded();
  last.write(frames.text('echo'));
  report((await last.nextFrame()).payload.toString());
  process.exit();
}
