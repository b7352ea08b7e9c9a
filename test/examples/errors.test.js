'use strict';

const assert = require('assert');
const { once } = require('events');
const http = require('http');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');
const request = require('./request');

describe('examples/errors', function () {
  this.timeout(20000);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  let program;
  let port;

  beforeEach(async () => {
    program = new Program('examples/errors/server.js');
    port = await program.listening();
  });

  it('answers what is right', async () => {
    const peer = await Peer.connect(port);

    peer.send({ add: [1, 2, 3] });
    assert.strictEqual(await peer.nextText(), '6');
  });

  it('closes with a code for each mistake', async () => {
    for (const [message, code, reason] of [
      ['{', 4000, 'no JSON'],
      ['{"add":1}', 4000, 'no numbers'],
      [Buffer.from('bytes'), 1003, 'only text is understood'],
      ['x'.repeat(1025), 1009, '']
    ]) {
      const peer = await Peer.connect(port);
      peer.ws.send(message);
      assert.deepStrictEqual(await peer.closed, { code, reason });
      if (reason) await program.prints(new RegExp(`closed: ${code} ${reason}`));
    }
    await program.prints(
      /error: WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: Max payload/
    );
  });

  it('tells of broken frames, and of who vanishes', async () => {
    const peer = await Peer.connect(port);
    peer.ws._socket.write(Buffer.from([0xf1, 0x80, 0, 0, 0, 0]));
    assert.strictEqual((await peer.closed).code, 1002);
    await program.prints(/error: WS_ERR_UNEXPECTED_RSV_2_3/);

    (await Peer.connect(port)).ws.terminate();
    await program.prints(/closed: 1006 /);
  });

  it('refuses what is no handshake', async () => {
    assert.strictEqual((await request(port, '/')).status, 426);
    const req = http.get({
      host: '127.0.0.1',
      port,
      headers: { Connection: 'Upgrade', Upgrade: 'websocket' }
    });
    assert.strictEqual((await once(req, 'response'))[0].statusCode, 400);
    await program.prints(
      /refused: Missing or invalid Sec-WebSocket-Key header/
    );
  });

  it('says that its port is taken', async () => {
    const second = new Program('examples/errors/server.js', { port });

    assert.strictEqual((await second.ended()).code, 1);
    assert.strictEqual(second.errors, 'cannot listen: EADDRINUSE\n');
  });

  it('says good-bye on a signal', async () => {
    const peer = await Peer.connect(port);

    program.signal('SIGTERM');
    assert.deepStrictEqual(await peer.closed, {
      code: 1001,
      reason: 'restarting'
    });
    assert.deepStrictEqual(await program.ended(), { code: 0, signal: null });
  });
});
