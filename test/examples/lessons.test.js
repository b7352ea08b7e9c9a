'use strict';

// The programs that everybody writes first, as they are written everywhere,
// with only the module's name changed.

const assert = require('assert');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');
const request = require('./request');

const lesson = (name) => `test/examples/lessons/${name}`;

describe('everyday lessons', function () {
  this.timeout(20000);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  it('Server({ port }) welcomes, echoes and sees the client go', async () => {
    const program = new Program(lesson('welcome-echo.js'));
    const peer = await Peer.connect(await program.listening());

    assert.strictEqual(await peer.nextText(), 'Welcome!');
    peer.ws.send('hello');
    assert.strictEqual(await peer.nextText(), 'You said: hello');
    await program.prints(/Client connected from .*127\.0\.0\.1/);
    await program.prints(/received: hello/);

    peer.ws.close();
    await program.prints(/Client disconnected/);
    assert.strictEqual(program.errors, '');
  });

  it('clients.forEach with readyState === OPEN broadcasts', async () => {
    const program = new Program(lesson('broadcast.js'));
    const port = await program.listening();
    const peers = await Promise.all([1, 2, 3].map(() => Peer.connect(port)));

    peers[0].ws.send('to all');
    for (const peer of peers) {
      const { data, isBinary } = await peer.next();
      assert.strictEqual(String(data), 'to all');
      assert.strictEqual(isBinary, false);
    }
  });

  it('Server({ server }) shares the port of http.createServer', async () => {
    const program = new Program(lesson('http-server.js'));
    const port = await program.listening();
    const { body } = await request(port, '/page');
    const peer = await Peer.connect(port);

    assert.strictEqual(body, 'Hello over HTTP');
    peer.ws.send('hello');
    assert.strictEqual(await peer.nextText(), '/ got hello');
  });

  it('import WebSocket, { WebSocketServer } works', async () => {
    const program = new Program(lesson('esm.mjs'));
    const port = await program.listening();
    const peers = await Promise.all([1, 2].map(() => Peer.connect(port)));

    peers[0].ws.send(Buffer.from([1, 2, 3]));
    for (const peer of peers) {
      const { data, isBinary } = await peer.next();
      assert.deepStrictEqual(data, Buffer.from([1, 2, 3]));
      assert.strictEqual(isBinary, true);
    }
  });

  it('close(1000, reason) after a timer reaches both sides', async () => {
    const program = new Program(lesson('close-after-timer.js'));
    const peer = await Peer.connect(await program.listening());

    assert.strictEqual(await peer.nextText(), 'You have a moment');
    assert.deepStrictEqual(await peer.closed, {
      code: 1000,
      reason: 'Time is up'
    });
    await program.prints(/closed with 1000 Time is up/);
  });

  it('a handshake by hand over a raw socket is accepted', async () => {
    const server = new Program(lesson('welcome-echo.js'));
    const port = await server.listening();
    const client = new Program(lesson('handshake-by-hand.js'), { port });

    assert.strictEqual((await client.ended()).code, 0, client.errors);
    assert.deepStrictEqual(client.output.trim().split('\n'), [
      'HTTP/1.1 101 Switching Protocols',
      'accept is right',
      'text frame: Welcome!',
      'text frame: You said: Hello',
      'close frame 1000'
    ]);
    await server.prints(/Client disconnected/);
  });
});
