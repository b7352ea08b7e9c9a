'use strict';

const assert = require('node:assert');
const { subscribe, unsubscribe } = require('node:diagnostics_channel');

const { runChild } = require('../support/child');
const frames = require('../support/frames');
const { WebSocket } = require('../support/implementation');
const { upgradeRequest } = require('../support/raw-client');
const {
  forEachTransport,
  onRelease,
  releaseAll,
  transports
} = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent, turns } = require('../support/wait');

const CHANNELS = [
  'uvws.connection.open',
  'uvws.connection.close',
  'uvws.connection.error',
  'uvws.handshake.refuse'
];

/* All that the channels tell from now on, as [name, message] pairs. */
function watch() {
  const told = [];
  for (const name of CHANNELS) {
    const onMessage = (message, from) => told.push([from, message]);
    subscribe(name, onMessage);
    onRelease(() => unsubscribe(name, onMessage));
  }
  return told;
}

describe('the diagnostics channels', function () {
  this.timeout(TEST_TIMEOUT_MS);

  forEachTransport((transport) => {
    it('tell of a connection from its beginning to its end', async () => {
      const endpoint = await transport.listen();
      const told = watch();
      const seen = [];
      endpoint.wss.on('connection', () => seen.push(told.length));
      const { wss, ws, req, peer } = await endpoint.accepted();
      const closed = nextEvent(ws, 'close');
      ws.on('close', () => seen.push(told.length));
      peer.write(frames.close(4000, 'why'));
      await peer.ended();
      peer.destroy();
      await closed;

      assert.deepStrictEqual(
        told.map(([name]) => name),
        ['uvws.connection.open', 'uvws.connection.close']
      );
      const [opening, closing] = told.map(([, message]) => message);
      assert.strictEqual(opening.websocket, ws);
      assert.strictEqual(opening.server, wss);
      assert.strictEqual(opening.request, req);
      assert.strictEqual(closing.websocket, ws);
      assert.strictEqual(closing.server, wss);
      assert.strictEqual(closing.code, 4000);
      assert.strictEqual(closing.reason.toString(), 'why');
      assert.deepStrictEqual(seen, [1, 2]);
    });

    it('tell of an error before its event', async () => {
      const { wss, ws, peer } = await transport.open();
      const told = watch();
      const failed = nextEvent(ws, 'error');
      ws.on('error', () => assert.strictEqual(told.length, 1));
      peer.write(frames.frame(3, ''));
      const [err] = await failed;
      const [name, message] = told[0];

      assert.strictEqual(name, 'uvws.connection.error');
      assert.deepStrictEqual(message, {
        websocket: ws,
        server: wss,
        error: err
      });
    });

    it('tell of handshakes that are refused', async () => {
      const endpoint = await transport.listen({
        path: '/in',
        authenticate() {
          throw new Error('own');
        }
      });
      const told = watch();
      for (const path of ['/out', '/in']) {
        const peer = await endpoint.raw();
        peer.write(upgradeRequest({ path }));
        await peer.readHead();
      }
      assert.deepStrictEqual(
        told.map(([name, { server, request, status, error }]) => [
          name,
          server === endpoint.wss,
          request.url,
          status,
          error?.message
        ]),
        [
          ['uvws.handshake.refuse', true, '/out', 400, undefined],
          ['uvws.handshake.refuse', true, '/in', 500, 'own']
        ]
      );
    });

    it('may be used for closing whatever they tell of', async () => {
      const endpoint = await transport.listen();
      const onOpen = ({ websocket }) => websocket.terminate();
      subscribe('uvws.connection.open', onOpen);
      onRelease(() => unsubscribe('uvws.connection.open', onOpen));
      const peer = await endpoint.raw();
      peer.write(upgradeRequest());
      await peer.ended();
      peer.destroy();
      await turns(3);
      assert.strictEqual(endpoint.wss.stats().connections, 0);
    });
  });

  describe('of a client', () => {
    afterEach(releaseAll);

    it('tell of its connection', async () => {
      const endpoint = await transports.port.listen();
      const client = new WebSocket(endpoint.url('/path'));
      const told = watch();
      await nextEvent(client, 'open');
      const closed = nextEvent(client, 'close');
      client.close(1000);
      await closed;
      const own = told.filter(([, { websocket }]) => websocket === client);

      assert.deepStrictEqual(
        own.map(([name, { server, code }]) => [name, server, code]),
        [
          ['uvws.connection.open', undefined, undefined],
          ['uvws.connection.close', undefined, 1000]
        ]
      );
    });

    it('tell that there is none', async () => {
      const endpoint = await transports.port.listen({
        verifyClient: () => false
      });
      const told = watch();
      const client = new WebSocket(endpoint.url());
      client.on('error', () => {});
      await nextEvent(client, 'close');
      const own = told.filter(([, { websocket }]) => websocket === client);

      assert.deepStrictEqual(
        own.map(([name, { error, code }]) => [name, error?.message, code]),
        [
          [
            'uvws.connection.error',
            'Unexpected server response: 401',
            undefined
          ],
          ['uvws.connection.close', undefined, 1006]
        ]
      );
    });
  });
});

describe('NODE_DEBUG=uvws', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  it('traces connections and handshakes', async () => {
    process.env.NODE_DEBUG = 'uvws';
    onRelease(() => delete process.env.NODE_DEBUG);
    const { code, stderr } = await runChild(async function (kit) {
      const { transports: ways, wait, frames: bytes } = kit;
      const endpoint = await ways.port.listen({ path: '/in' });
      const refused = await endpoint.raw();
      await refused.upgrade({ path: '/out' });
      const { ws, peer } = await endpoint.accepted({ path: '/in' });
      ws.on('error', () => {});
      const closed = wait.nextEvent(ws, 'close');
      peer.write(bytes.frame(3, ''));
      await peer.ended();
      peer.destroy();
      await closed;
      await kit.releaseAll();
    });

    assert.strictEqual(code, 0);
    assert.deepStrictEqual(
      stderr
        .split('\n')
        .filter((line) => line.startsWith('UVWS '))
        .map((line) => line.replace(/^UVWS \d+: /, '').trim()),
      [
        'handshake refused with 400',
        'server connection 1: open, /in',
        'server connection 1: WS_ERR_INVALID_OPCODE, Invalid WebSocket frame: invalid opcode 3',
        'server connection 1: closed with 1006 ""'
      ]
    );
  });
});
