'use strict';

const assert = require('assert');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');
const request = require('./request');

describe('examples/express', function () {
  this.timeout(20000);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  it('serves the page and the news', async () => {
    const program = new Program('examples/express/server.js');
    const port = await program.listening();
    const page = await request(port, '/');
    const script = await request(port, '/news.mjs');

    assert.match(page.body, /<script type="module" src="news.mjs">/);
    assert.match(page.headers['content-type'], /^text\/html/);
    assert.match(script.headers['content-type'], /javascript/);

    const ada = await Peer.connect(`ws://127.0.0.1:${port}/live`);
    assert.deepStrictEqual(await ada.nextFrame(), { readers: 1 });
    const bob = await Peer.connect(`ws://127.0.0.1:${port}/live`);
    assert.deepStrictEqual(await ada.nextFrame(), { readers: 2 });
    const response = await fetch(`http://127.0.0.1:${port}/api/news`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ text: 'hello' })
    });

    assert.deepStrictEqual(await response.json(), { readers: 2 });
    assert.deepStrictEqual(await ada.nextFrame(), { news: 'hello' });
    bob.ws.close();
    assert.deepStrictEqual(await ada.nextFrame(), { readers: 1 });
  });
});
