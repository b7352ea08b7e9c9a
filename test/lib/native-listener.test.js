'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { WebSocket, WebSocketServer } = require('../support/implementation');
const { upgradeRequest } = require('../support/raw-client');
const { HOST, releaseAll, transports } = require('../support/transports');
const {
  TEST_TIMEOUT_MS,
  guard,
  nextEvent,
  turns,
  uncaught
} = require('../support/wait');

describe('a server with a port', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  it('may be closed while it makes a WebSocket', async () => {
    const servers = [];
    class Closing extends WebSocket {
      constructor(...args) {
        super(...args);
        servers[0].close();
      }
    }
    const endpoint = await transports.port.listen({ WebSocket: Closing });
    const closed = nextEvent(endpoint.wss, 'close');
    servers.push(endpoint.wss);
    const peer = await endpoint.upgraded();
    peer.end();
    await closed;
  });

  it('lives on where the making of a WebSocket throws', async () => {
    let isThrowing = true;
    class Throwing extends WebSocket {
      constructor(...args) {
        super(...args);
        if (isThrowing) throw new Error('of the application');
      }
    }
    const endpoint = await transports.port.listen({ WebSocket: Throwing });
    const thrown = uncaught();
    const peer = await endpoint.raw();
    peer.write(upgradeRequest());

    assert.strictEqual((await thrown).message, 'of the application');
    await peer.ended();
    isThrowing = false;
    await endpoint.upgraded();
  });

  it('may be closed and opened again in its own events', async () => {
    const endpoint = await transports.port.listen();
    const { port } = endpoint;
    const one = await endpoint.accepted();
    const reopened = new Promise((resolve) => {
      endpoint.wss.once('close', () => {
        const wss = new WebSocketServer({ port, host: HOST });
        wss.on('listening', () => resolve(wss));
      });
    });
    one.ws.on('close', () => endpoint.wss.close());
    one.peer.destroy();
    const wss = await guard(reopened, 'the new server');
    wss.close();
    await nextEvent(wss, 'close');
  });

  it('has a destroyed socket for a connection that has just died', async () => {
    const { peer, ws } = await transports.port.open();
    const closed = nextEvent(ws, 'close');
    ws.pause();
    peer.reset();
    await peer.closed();
    ws.send(Buffer.alloc(100000)); // the write that finds the peer gone

    assert.strictEqual(ws._socket.destroyed, true);
    await closed;
  });

  it('keeps its clients when it is closed during traffic', async () => {
    const endpoint = await transports.port.listen({}, (ws) => {
      ws.on('message', (data) => ws.send(data));
    });
    const peers = [await endpoint.upgraded(), await endpoint.upgraded()];
    const undecided = await endpoint.raw();
    undecided.write(upgradeRequest().slice(0, 40));
    await turns(3);
    const closed = nextEvent(endpoint.wss, 'close');
    endpoint.wss.close();
    await undecided.ended();
    for (const peer of peers) {
      peer.write(frames.text('still here'));
      const { payload } = await peer.nextFrame();
      assert.strictEqual(payload.toString(), 'still here');
      peer.write(frames.close(1000));
      peer.end();
      await peer.closed();
    }
    await closed;
  });
});
