'use strict';

const assert = require('assert');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');

describe('examples/echo', function () {
  this.timeout(20000);

  let peer;

  beforeEach(async () => {
    const program = new Program('examples/echo/server.js');
    peer = await Peer.connect(await program.listening());
  });

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  it('sends text back as text', async () => {
    peer.ws.send('grüße 🌍');
    const { data, isBinary } = await peer.next();

    assert.strictEqual(String(data), 'grüße 🌍');
    assert.strictEqual(isBinary, false);
  });

  it('sends binary back as binary', async () => {
    const bytes = Buffer.from([0, 255, 128, 10]);

    peer.ws.send(bytes);
    const { data, isBinary } = await peer.next();

    assert.deepStrictEqual(data, bytes);
    assert.strictEqual(isBinary, true);
  });

  it('keeps the order of many messages and gives back an empty one', async () => {
    const texts = ['', ...Array.from({ length: 100 }, (_, i) => String(i))];

    for (const text of texts) peer.ws.send(text);
    for (const text of texts) assert.strictEqual(await peer.nextText(), text);
  });
});
