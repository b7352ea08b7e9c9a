'use strict';

const assert = require('assert');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');
const request = require('./request');

describe('examples/broadcast', function () {
  this.timeout(20000);

  let port;
  let peers;

  beforeEach(async () => {
    const program = new Program('examples/broadcast/server.js');
    port = await program.listening();
    peers = await Promise.all([1, 2, 3].map(() => Peer.connect(port)));
  });

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  it('reaches all the others and not the sender', async () => {
    const [first, second, third] = peers;

    first.ws.send('from the first');
    assert.strictEqual(await second.nextText(), 'from the first');
    assert.strictEqual(await third.nextText(), 'from the first');

    // An echo of its own text would come before this one.
    second.ws.send('from the second');
    assert.strictEqual(await first.nextText(), 'from the second');
  });

  it('goes on when a client is gone', async () => {
    const [first, second, third] = peers;

    second.ws.terminate();
    await second.closed;
    first.ws.send('still here?');
    assert.strictEqual(await third.nextText(), 'still here?');
  });

  it('answers plain HTTP on the same port', async () => {
    const { body } = await request(port, '/');
    assert.strictEqual(body, '3 connected\n');
  });
});
