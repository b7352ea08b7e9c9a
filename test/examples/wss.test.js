'use strict';

const assert = require('assert');
const https = require('https');
const { once } = require('events');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');

describe('examples/wss', function () {
  this.timeout(20000);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  it('serves wss: and https: on one port', async () => {
    const program = new Program('examples/wss/server.js');
    const port = await program.listening();
    const options = { rejectUnauthorized: false };
    const peer = await Peer.connect(`wss://127.0.0.1:${port}`, options);

    assert.match(await peer.nextText(), /^You are here by TLSv1\.[23]$/);
    const big = Buffer.alloc(200000, 'b');
    peer.ws.send('text');
    peer.ws.send(big);
    assert.strictEqual(await peer.nextText(), 'text');
    assert.ok((await peer.next()).data.equals(big));
    peer.ws.close(1000);
    assert.strictEqual((await peer.closed).code, 1000);

    const req = https.get({ ...options, host: '127.0.0.1', port });
    const [res] = await once(req, 'response');
    assert.strictEqual(
      Buffer.concat(await res.toArray()).toString(),
      'This port speaks wss:// too\n'
    );
  });
});
