'use strict';

const assert = require('node:assert');

const { canMakeCertificate } = require('../support/certificate');
const { runChild } = require('../support/child');
const { TCP, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const CONNECTIONS = 20;

/* How connections end, each as a text for (ws, peer, kit). */
const ENDS = {
  'a close of ours':
    'ws.close(1000); peer.write(kit.frames.close(1000)); peer.end()',
  'a close of the peer': 'peer.write(kit.frames.close(1000)); peer.end()',
  'terminate()': 'ws.terminate()',
  'destroy() of the socket': 'ws._socket.destroy()',
  'a reset': 'peer.reset()',
  'a broken frame': 'peer.write(kit.frames.frame(3)); peer.end()',
  'a listener that throws':
    "ws.on('close', () => { throw null; }); ws.terminate()"
};

/*
 * Runs in a child: connects, talks, ends all in that way, forgets them, and
 * reports how many objects of them are left.
 */
async function countLeft(kit, transportName, count, end) {
  require('node:v8').setFlagsFromString('--expose-gc');
  const gc = require('node:vm').runInNewContext('gc');
  const endOne = new Function('ws', 'peer', 'kit', end);
  process.on('uncaughtException', () => {});

  const refs = [];
  const endpoint = await kit.transports[transportName].listen({}, (ws, req) => {
    ws.on('error', () => {});
    ws.on('message', (data) => {
      gc();
      ws.send(data, gc);
    });
    ws.on('close', () => gc());
    refs.push(new WeakRef(ws), new WeakRef(req));
  });
  endpoint.sockets.push = () => 0; /* what the kit keeps */

  /* Asking for the socket changes much: every other one does. */
  async function live(i) {
    const { ws, peer } = await endpoint.accepted();
    peer.write(kit.frames.text('x'));
    await peer.nextFrame();
    if (i % 2) refs.push(new WeakRef(ws._socket));
    const closed = kit.wait.nextEvent(ws, 'close');
    endOne(ws, peer, kit);
    await closed;
    peer.destroy();
  }

  for (let i = 0; i < count; i++) await live(i);
  kit.report(await kit.wait.countUncollected(refs, gc));
  kit.report(endpoint.wss.clients.size);
  process.exit();
}

/* Runs in a child: the same for clients, which end in one way after the other. */
async function countClientsLeft(kit, transportName, count, clients) {
  require('node:v8').setFlagsFromString('--expose-gc');
  const gc = require('node:vm').runInNewContext('gc');
  const { ClientTransport } = require(clients);
  const { nextEvent } = kit.wait;
  const refs = [];
  const server = await new ClientTransport(transportName).serve({}, (ws) => {
    ws.on('message', (data) => {
      if (String(data) === 'end') ws.close(4000);
      else if (String(data) === 'vanish') ws.terminate();
      else ws.send(data);
    });
  });
  const ends = [
    (client) => client.close(1000),
    (client) => client.terminate(),
    (client) => client._socket.destroy(),
    (client) => client.send('end'),
    (client) => client.send('vanish')
  ];

  async function live(i) {
    const client = new kit.WebSocket(server.url('/'), {
      rejectUnauthorized: false
    });
    client.on('message', () => gc());
    await nextEvent(client, 'open');
    client.send('x');
    await nextEvent(client, 'message');
    refs.push(new WeakRef(client), new WeakRef(client._socket));
    const closed = nextEvent(client, 'close');
    ends[i % ends.length](client);
    await closed;
  }

  for (let i = 0; i < count; i++) await live(i);
  kit.report(await kit.wait.countUncollected(refs, gc));
  process.exit();
}

/* Runs in a child: talks to connections that nothing but C holds. */
async function talkUnheld(kit, transportName, count) {
  require('node:v8').setFlagsFromString('--expose-gc');
  const gc = require('node:vm').runInNewContext('gc');
  const endpoint = await kit.transports[transportName].listen(
    { clientTracking: false },
    (ws) => ws.on('message', (data) => ws.send(data))
  );
  endpoint.sockets.push = () => 0;
  const peers = [];
  for (let i = 0; i < count; i++) peers.push(await endpoint.upgraded());
  for (let i = 0; i < 5; i++) {
    await kit.wait.turns(3);
    gc();
  }
  for (const [i, peer] of peers.entries()) {
    peer.write(kit.frames.text(`echo ${i}`));
    const { payload } = await peer.nextFrame();
    kit.report(`${payload}`);
  }
  process.exit();
}

/* Runs in a child: closes servers and reports how many of them are left. */
async function countServersLeft(kit, transportName, count) {
  require('node:v8').setFlagsFromString('--expose-gc');
  const gc = require('node:vm').runInNewContext('gc');
  const refs = [];

  async function live() {
    const { wss, httpServer } = await kit.transports[transportName].make({});
    refs.push(new WeakRef(wss));
    const closed = kit.wait.nextEvent(wss, 'close');
    if (httpServer) httpServer.close();
    wss.close();
    await closed;
  }

  for (let i = 0; i < count; i++) await live();
  kit.report(await kit.wait.countUncollected(refs, gc));
}

/* Runs in a child: sends a part of a long text, and reports whether that was let
 * go of in the end. */
async function forgetText(kit, transportName) {
  require('node:v8').setFlagsFromString('--expose-gc');
  const gc = require('node:vm').runInNewContext('gc');
  const length = 20e6;
  const { ws, peer } = await kit.transports[transportName].open();
  const used = () => {
    gc();
    return process.memoryUsage().heapUsed;
  };

  function send() {
    const long = 'x'.repeat(length);
    flatten(long);
    const text = long.slice(0, 1000);

    for (let i = 0; i < 3; i++) ws.send(text);
  }

  /* Until then its end is put together from parts: a slice would be a copy. */
  function flatten(text) {
    return text.charCodeAt(length - 1);
  }

  const before = used();
  send();
  await peer.nextFrames(3);
  for (let i = 0; i < 100 && used() > before + length / 2; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  kit.report(used() < before + length / 2);
  process.exit();
}

/* What the child reports, over the transport, with so many connections. */
async function reportsOf(body, transport, ...args) {
  const { code, reports, stderr } = await runChild(
    body,
    transport,
    CONNECTIONS,
    ...args
  );

  assert.strictEqual(code, 0, stderr);
  return reports;
}

describe('the garbage collector', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  for (const transport of [...TCP, 'https']) {
    describe(`over ${transport}`, () => {
      it('takes the text of which a part was sent', async () => {
        assert.deepStrictEqual(await reportsOf(forgetText, transport), [true]);
      });

      for (const [name, end] of Object.entries(ENDS)) {
        it(`takes all of a connection after ${name}`, async () => {
          assert.deepStrictEqual(
            await reportsOf(countLeft, transport, end),
            [0, 0]
          );
        });
      }

      it('leaves open connections alone that nothing holds', async () => {
        assert.deepStrictEqual(
          await reportsOf(talkUnheld, transport),
          Array.from({ length: CONNECTIONS }, (_, i) => `echo ${i}`)
        );
      });

      it('takes a closed server', async () => {
        assert.deepStrictEqual(
          await reportsOf(countServersLeft, transport),
          [0]
        );
      });
    });
  }

  for (const transport of ['tcp', 'unix', 'tls']) {
    it(`takes clients that have ended, over ${transport}`, async function () {
      if (transport === 'tls' && !canMakeCertificate()) this.skip();
      const clients = require.resolve('../support/client-transports');
      assert.deepStrictEqual(
        await reportsOf(countClientsLeft, transport, clients),
        [0]
      );
    });
  }
});
