'use strict';

/* Every call of the API inside every event, on the connection that it tells
 * of: each ends once, and the server lives on. */

const assert = require('node:assert');

const { forEachClientTransport } = require('../support/client-transports');
const frames = require('../support/frames');
const { upgradeRequest } = require('../support/raw-client');
const serverFrames = require('../support/server-frames');
const {
  forEachTransport,
  onRelease,
  releaseAll
} = require('../support/transports');
const { WebSocket } = require('../support/implementation');
const { TEST_TIMEOUT_MS, nextEvent, turns } = require('../support/wait');

/* Large enough to be compressed by a thread. */
const LARGE = Buffer.alloc(200000, 'large enough for a thread ');

const CALLS = {
  send: (ws) => ws.send('x'),
  'send with a callback': (ws) => ws.send('x', () => {}),
  'send of much': (ws) => ws.send(LARGE),
  'send of a Blob': (ws) => ws.send(new Blob(['blob'])),
  'send of a fragment': (ws) => ws.send('part', { fin: false }),
  'send and terminate': (ws) => {
    ws.send(LARGE, () => {});
    ws.terminate();
  },
  'send and close': (ws) => {
    ws.send(LARGE);
    ws.close(4000, 'behind it');
  },
  ping: (ws) => ws.ping('x', undefined, () => {}),
  pong: (ws) => ws.pong(),
  close: (ws) => ws.close(),
  'close with a code': (ws) => ws.close(4000, 'reason'),
  'close twice': (ws) => {
    ws.close(1000);
    ws.close(4000);
  },
  'close and terminate': (ws) => {
    ws.close();
    ws.terminate();
  },
  terminate: (ws) => ws.terminate(),
  pause: (ws) => ws.pause(),
  'pause and resume': (ws) => {
    ws.pause();
    ws.resume();
  },
  'pause and terminate': (ws) => {
    ws.pause();
    ws.terminate();
  },
  binaryType: (ws) => {
    ws.binaryType = 'fragments';
  },
  '_socket.destroy': (ws) => ws._socket?.destroy(),
  '_socket.destroy with an error': (ws) =>
    ws._socket?.destroy(new Error('of the application')),
  '_socket.end': (ws) => ws._socket?.end(),
  '_socket.pause and resume': (ws) => ws._socket?.pause().resume(),
  '_socket.cork': (ws) => ws._socket?.cork(),
  '_socket.uncork': (ws) => ws._socket?.uncork(),
  '_socket.write': (ws) => ws._socket?.write('y'),
  properties: (ws) => [
    ws.bufferedAmount,
    ws.readyState,
    ws.extensions,
    ws.isPaused,
    ws.protocol,
    ws._receiver,
    ws._sender
  ],
  removeAllListeners: (ws) => {
    for (const name of ['message', 'ping', 'pong']) ws.removeAllListeners(name);
  }
};

/* Those of a server's connections besides. */
const TOPIC_CALLS = {
  subscribe: (ws) => ws.subscribe('topic'),
  'subscribe and publish': (ws) => {
    ws.subscribe('topic');
    ws.publish('topic', 'news');
    ws.unsubscribe('topic');
  }
};

const ALL_CALLS = { ...CALLS, ...TOPIC_CALLS };

/* What makes a connection tell of an event; `frames` as its peer must say it. */
const EVENTS = {
  message: ({ text }) => [text('1'), text('2')],
  ping: ({ ping }) => [ping('1'), ping('2')],
  pong: ({ pong }) => [pong('1'), pong('2')],
  error: ({ frame }) => [frame(3, 'x')],
  close: ({ close }) => [close(1000)]
};

/* Lets the call happen in each event of that name, and ends the connection. */
async function callIn(event, call, { ws, peer, say }) {
  let closes = 0;
  const closed = nextEvent(ws, 'close');

  ws.on('error', () => {});
  ws.on('close', () => closes++);
  ws.on(event, () => call(ws));
  peer.write(...EVENTS[event](say));
  await turns(2);
  if (event !== 'close') ws.terminate();
  peer.end();
  await turns(1);
  peer.destroy();
  ws.terminate();
  await closed;
  await turns(1);
  assert.strictEqual(closes, 1);
  assert.strictEqual(ws.readyState, WebSocket.CLOSED);
}

describe('every call inside', function () {
  this.timeout(2 * TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  forEachTransport((transport) => {
    for (const event of Object.keys(EVENTS)) {
      it(`'${event}'`, async () => {
        const endpoint = await transport.listen({
          perMessageDeflate: { threshold: 1000 }
        });
        const headers = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
        for (const [name, call] of Object.entries(ALL_CALLS)) {
          const { ws, peer } = await endpoint.accepted({ headers });
          await callIn(event, call, { ws, peer, say: frames }).catch((err) => {
            throw new Error(`${name}: ${err.message}`, { cause: err });
          });
        }
        assert.strictEqual(endpoint.wss.clients.size, 0);
        const { ws, peer } = await endpoint.accepted();
        ws.on('message', (data) => ws.send(data));
        peer.write(frames.text('alive'));
        const { payload } = await peer.nextFrame();
        assert.strictEqual(payload.toString(), 'alive');
      });
    }

    it("'connection'", async () => {
      for (const [name, call] of Object.entries(ALL_CALLS)) {
        const endpoint = await transport.listen({}, (ws) => {
          ws.on('error', () => {});
          call(ws);
        });
        const peer = await endpoint.raw();
        const connection = nextEvent(endpoint.wss, 'connection');
        peer.write(upgradeRequest());
        const [ws] = await connection;
        await turns(1);
        ws.terminate();
        assert.match(await peer.readHead(), /^HTTP\/1\.1 101 /, name);
        peer.destroy();
        onRelease(() => endpoint.wss.close());
      }
    });

    it('the callback of a send', async () => {
      const endpoint = await transport.listen({});
      for (const call of Object.values(ALL_CALLS)) {
        const { ws, peer } = await endpoint.accepted();
        const closed = nextEvent(ws, 'close');
        await new Promise((resolve) => {
          ws.send('x', () => {
            call(ws);
            resolve();
          });
        });
        ws.on('error', () => {});
        ws.terminate();
        peer.destroy();
        await closed;
      }
      assert.strictEqual(endpoint.wss.clients.size, 0);
    });
  });

  forEachClientTransport((transport) => {
    const headers = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
    const options = { perMessageDeflate: { threshold: 1000 } };

    for (const event of Object.keys(EVENTS)) {
      it(`'${event}' of a client`, async () => {
        for (const call of Object.values(CALLS)) {
          const { client: ws, peer } = await transport.open(options, {
            headers
          });
          await callIn(event, call, { ws, peer, say: serverFrames });
          await releaseAll();
        }
      });
    }

    it("'open' of a client", async () => {
      const server = await transport.hostile();
      for (const call of Object.values(CALLS)) {
        const client = server.client([], options);
        const closed = nextEvent(client, 'close');
        const opened = nextEvent(client, 'open');
        client.on('error', () => {});
        client.on('open', () => call(client));
        const peer = await server.upgraded({ headers });
        await opened;
        client.terminate();
        peer.destroy();
        await closed;
      }
    });
  });
});
