'use strict';

const assert = require('assert');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');

describe('examples/rate-limit', function () {
  this.timeout(20000);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  it('warns, then closes, who sends too much; nobody else', async () => {
    const program = new Program('examples/rate-limit/server.js');
    const port = await program.listening();
    const [calm, eager] = [await Peer.connect(port), await Peer.connect(port)];
    const answers = [];
    eager.ws.on('message', (data) => answers.push(String(data)));

    for (let i = 0; i < 100; i++) eager.ws.send(String(i));
    assert.deepStrictEqual(await eager.closed, {
      code: 1008,
      reason: 'too many messages'
    });
    assert.deepStrictEqual(
      answers.slice(0, 10),
      Array.from({ length: 10 }, (_, i) => `ok: ${i}`)
    );
    const warnings = answers.filter((answer) => answer === 'slow down');
    assert.strictEqual(warnings.length, 5);

    calm.ws.send('hello');
    assert.strictEqual(await calm.nextText(), 'ok: hello');
  });
});
