'use strict';

const assert = require('node:assert');

const frames = require('../support/frames');
const { WebSocket, WebSocketServer } = require('../support/implementation');
const { forEachTransport, transports } = require('../support/transports');
const { TEST_TIMEOUT_MS, called, nextEvent } = require('../support/wait');

const DEFAULTS = {
  allowSynchronousEvents: true,
  autoPong: true,
  maxBufferedChunks: 262144,
  maxFragments: 16384,
  maxPayload: 104857600,
  maxPendingAutoPongs: 60,
  skipUTF8Validation: false,
  perMessageDeflate: false,
  handleProtocols: null,
  clientTracking: true,
  closeTimeout: 30000,
  verifyClient: null,
  noServer: true,
  backlog: null,
  server: null,
  host: null,
  path: null,
  port: null,
  WebSocket
};

describe('[server-surface] server options', function () {
  this.timeout(TEST_TIMEOUT_MS);

  it('has the defaults of ws', () => {
    const { options } = new WebSocketServer({ noServer: true });

    assert.deepStrictEqual(options, DEFAULTS);
    assert.deepStrictEqual(Object.keys(options), Object.keys(DEFAULTS));
  });

  it('keeps what it is given, known or not, undefined included', () => {
    const given = {
      noServer: true,
      path: undefined,
      maxPayload: '5',
      clientTracking: 0,
      own: Symbol('own')
    };
    const { options, clients } = new WebSocketServer(given);

    assert.deepStrictEqual(options, { ...DEFAULTS, ...given });
    assert.notStrictEqual(options, given);
    assert.strictEqual(clients, undefined);
  });

  it('makes an object of perMessageDeflate true', () => {
    const { options } = new WebSocketServer({
      noServer: true,
      perMessageDeflate: true
    });

    assert.deepStrictEqual(options.perMessageDeflate, {});
  });

  it('takes a backlog', async () => {
    const { wss, port } = await transports.port.listen({ backlog: 10 });

    assert.ok(port > 0);
    await called((done) => wss.close(done));
  });

  it('has private members that code looks at', async () => {
    const wss = new WebSocketServer({ noServer: true });

    assert.strictEqual(wss._server, undefined);
    assert.strictEqual(wss._state, 0);
    await called((done) => wss.close(done));
    assert.strictEqual(wss._state, 2);
  });

  forEachTransport((transport) => {
    it('has no clients without clientTracking, and closes at once', async () => {
      const { wss, ws, peer } = await transport.open({ clientTracking: false });
      assert.strictEqual(wss.clients, undefined);
      const closed = called((done) => wss.close(done));
      ws.on('message', (data) => ws.send(data));
      peer.write(frames.text('still'));
      assert.strictEqual((await peer.nextFrame()).payload.toString(), 'still');
      if (transport.name === 'port') peer.destroy();

      assert.deepStrictEqual(await closed, []);
    });

    it('reads its options anew for each connection', async () => {
      const endpoint = await transport.listen();
      await endpoint.accepted({ path: '/any' });
      endpoint.wss.options.path = '/only';
      const refused = await endpoint.raw();
      assert.match(await refused.upgrade({ path: '/any' }), / 400 /);
      endpoint.wss.options.maxPayload = 3;
      const { ws, peer } = await endpoint.accepted({ path: '/only' });
      const error = nextEvent(ws, 'error');
      peer.write(frames.text('four'));

      assert.strictEqual(
        (await error)[0].code,
        'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
      );
    });
  });
});
