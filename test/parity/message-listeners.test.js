'use strict';

const assert = require('node:assert');
const EventEmitter = require('node:events');

const frames = require('../support/frames');
const { runChild } = require('../support/child');
const { forEachTransport, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, nextEvent } = require('../support/wait');

/*
 * Runs in a child: somebody, as a tracer does, has replaced `emit` before the
 * library is loaded.
 */
async function traceMessages(kit) {
  const { emit } = require('node:events').prototype;
  const names = [];

  require('node:events').prototype.emit = function (...args) {
    if (args[0] === 'message') names.push(`emit ${args[1]}`);
    return emit.apply(this, args);
  };
  for (const file of Object.keys(require.cache)) delete require.cache[file];

  const { WebSocket, WebSocketServer } = require(kit.path);
  const wss = new WebSocketServer({ port: 0, host: kit.HOST }, () => {
    const client = new WebSocket(`ws://${kit.HOST}:${wss.address().port}`);

    client.on('open', () => client.send('x'));
    client.on('message', () => client.close());
  });

  wss.on('connection', (ws) => {
    ws.on('message', (data) => ws.send(`echo ${data}`));
    ws.on('close', () => {
      wss.close();
      kit.report([...new Set(names)]); // ws's receiver emits it, too
    });
  });
}

/* Messages that came until the listeners are quiet, with who got them. */
async function receive(peer, ws, texts, calls) {
  const done = nextEvent(ws, 'pong');
  peer.write(...texts.map((text) => frames.text(text)), frames.pong());
  await done;
  return calls;
}

describe("the listeners of 'message'", function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  forEachTransport((transport) => {
    it('are called through whatever replaced emit for all', async () => {
      const { peer, ws } = await transport.open();
      const { emit } = EventEmitter.prototype;
      const calls = [];
      ws.on('message', (data) => calls.push(`${data}`));
      EventEmitter.prototype.emit = function (...args) {
        if (this === ws) calls.push(args[0]);
        return emit.apply(this, args);
      };

      try {
        await receive(peer, ws, ['a', 'b'], calls);
      } finally {
        EventEmitter.prototype.emit = emit;
      }

      assert.deepStrictEqual(calls, ['message', 'a', 'message', 'b', 'pong']);
    });

    it('are called in their order, as they come and go', async () => {
      const { peer, ws } = await transport.open();
      const calls = [];
      const second = (data) => calls.push(`second ${data}`);
      ws.once('message', (data) => calls.push(`once ${data}`));
      ws.on('message', (data) => {
        calls.push(`first ${data}`);
        if (`${data}` === 'a') ws.on('message', second);
        if (`${data}` === 'c') ws.removeAllListeners('message');
      });

      assert.deepStrictEqual(
        await receive(peer, ws, ['a', 'b', 'c', 'd'], calls),
        ['once a', 'first a', 'first b', 'second b', 'first c', 'second c']
      );
    });

    it('may reject where rejections are captured', async () => {
      EventEmitter.captureRejections = true;
      let opened;
      try {
        opened = await transport.open();
      } finally {
        EventEmitter.captureRejections = false;
      }
      const { peer, ws } = opened;
      const error = nextEvent(ws, 'error');
      ws.on('message', async (data) => {
        throw new Error(`no ${data}`);
      });
      peer.write(frames.text('x'));

      assert.strictEqual((await error)[0].message, 'no x');
    });
  });

  it('are called through what replaced emit before all', async () => {
    const { reports, stderr } = await runChild(traceMessages);

    assert.deepStrictEqual(reports, [['emit x', 'emit echo x']], stderr);
  });
});
