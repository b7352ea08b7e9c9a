'use strict';

const assert = require('node:assert');

const { Child, runChild } = require('../support/child');
const { ClientTransport } = require('../support/client-transports');
const frames = require('../support/frames');
const { releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const bare = { mask: false };

describe('[client] a process', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  const transport = new ClientTransport('tcp');

  it('lives as long as the connection', async () => {
    const server = await transport.hostile();
    const child = new Child(({ WebSocket, report }, url) => {
      const client = new WebSocket(url);
      client.on('open', () => report('open'));
      client.on('message', (data) => report(String(data)));
    }, server.url('/'));
    const peer = await server.upgraded();

    assert.strictEqual(await child.report(), 'open');
    peer.write(frames.text('still there', bare));
    assert.strictEqual(await child.report(), 'still there');
    peer.write(frames.close(1000, '', bare));
    await peer.ended();
    peer.end();
    assert.deepStrictEqual(await child.exited(), { code: 0, signal: null });
  });

  it('need not live as long, where the socket is told so', async () => {
    const server = await transport.hostile();
    const exited = runChild(({ WebSocket }, url) => {
      const client = new WebSocket(url);
      client.on('open', () => client._socket.unref());
    }, server.url('/'));
    await server.upgraded();

    assert.strictEqual((await exited).code, 0);
  });

  it('need not, where it is told so in upgrade', async () => {
    const server = await transport.hostile();
    const exited = runChild(({ WebSocket }, url) => {
      const client = new WebSocket(url);
      client.on('upgrade', (res) => res.socket.unref());
    }, server.url('/'));
    await server.upgraded();

    assert.strictEqual((await exited).code, 0);
  });

  it('lives on where that is taken back', async () => {
    const server = await transport.hostile();
    const child = new Child(({ WebSocket, report }, url) => {
      const client = new WebSocket(url);
      client.on('open', () => {
        client._socket.unref();
        client._socket.ref();
        report('open');
      });
      client.on('message', (data) => report(String(data)));
    }, server.url('/'));
    const peer = await server.upgraded();

    assert.strictEqual(await child.report(), 'open');
    peer.write(frames.text('still there', bare));
    assert.strictEqual(await child.report(), 'still there');
  });

  it('ends by itself after a failure', async () => {
    const { code, reports } = await runChild(({ WebSocket, report }) => {
      const client = new WebSocket('ws+unix:/nowhere/to/be/found');
      client.on('error', (err) => report(err.code));
    });

    assert.strictEqual(code, 0);
    assert.deepStrictEqual(reports, ['ENOENT']);
  });

  it('ends with an error that nobody listens to', async () => {
    const { code, stderr } = await runChild(({ WebSocket }) => {
      new WebSocket('ws+unix:/nowhere/to/be/found');
    });

    assert.strictEqual(code, 1);
    assert.match(stderr, /Error: connect ENOENT/);
  });

  it('sends before it exits what it was told to send', async () => {
    const server = await transport.hostile();
    const exited = runChild(({ WebSocket }, url) => {
      const client = new WebSocket(url);
      client.on('open', () => {
        client.send('last words');
        process.exit(3);
      });
    }, server.url('/'));
    const peer = await server.upgraded();
    const frame = await peer.nextFrame();

    assert.strictEqual(frame.payload.toString(), 'last words');
    assert.ok(frame.isMasked);
    assert.strictEqual((await exited).code, 3);
  });
});
