'use strict';

/* What can happen to TLS below a connection. */

const assert = require('node:assert');
const net = require('node:net');
const tls = require('node:tls');

const { itSurvives } = require('../support/echo-server');
const { RawClient } = require('../support/raw-client');
const { HOST, forEachTransport, onRelease } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, until } = require('../support/wait');

/* A peer over TLS, and the plain socket below it. */
async function dial(server, options) {
  const below = net.connect({
    port: server.endpoint.port,
    host: HOST,
    allowHalfOpen: true
  });
  below.on('error', () => {});
  onRelease(() => below.destroy());
  const socket = tls.connect({
    socket: below,
    rejectUnauthorized: false,
    allowHalfOpen: true,
    ...options
  });
  await nextEvent(socket, 'secureConnect');
  const connection = nextEvent(server.endpoint.wss, 'connection');
  const peer = new RawClient(socket);
  await peer.upgrade();
  const [ws] = await connection;
  return { below, peer, ws, closed: nextEvent(ws, 'close') };
}

async function assertEnds({ closed }) {
  assert.strictEqual((await closed)[0], 1006);
}

describe('TLS below a connection', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport(
    (transport) => {
      itSurvives(transport, 'a FIN without close_notify', async (server) => {
        const peer = await dial(server);
        peer.below.end();
        await assertEnds(peer);
      });

      itSurvives(transport, 'a close_notify without a FIN', async (server) => {
        const peer = await dial(server);
        peer.peer.end();
        await assertEnds(peer);
      });

      itSurvives(transport, 'bytes behind close_notify', async (server) => {
        const peer = await dial(server);
        peer.peer.end();
        peer.below.write(Buffer.alloc(1000, 0x17));
        await assertEnds(peer);
      });

      itSurvives(transport, 'bytes that are no record', async (server) => {
        const peer = await dial(server);
        peer.below.write(Buffer.alloc(1000, 'x'));
        await assertEnds(peer);
      });

      itSurvives(transport, 'half a record, then a RST', async (server) => {
        const peer = await dial(server);
        peer.below.write(Buffer.from('1703030100aabbcc', 'hex'));
        peer.below.resetAndDestroy();
        await assertEnds(peer);
      });

      itSurvives(transport, 'renegotiation without end', async (server) => {
        const { closed, peer } = await dial(server, { maxVersion: 'TLSv1.2' });
        let isClosed = false;
        const ended = closed.then(() => (isClosed = true));

        for (let i = 0; i < 20 && !isClosed && !peer.isClosed; i++) {
          await Promise.race([
            ended,
            new Promise((resolve) => {
              peer.socket.once('close', resolve);
              peer.socket.renegotiate({ rejectUnauthorized: false }, resolve);
            })
          ]);
        }
        peer.destroy();
        const { clients } = server.endpoint.wss;
        await until(() => clients.size === 1, 'the end of all but one');
      });
    },
    ['https']
  );
});
