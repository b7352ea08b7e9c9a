'use strict';

const assert = require('assert');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');

describe('examples/acknowledgements', function () {
  this.timeout(20000);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  let program;
  let peer;

  beforeEach(async () => {
    program = new Program('examples/acknowledgements/server.js');
    peer = await Peer.connect(await program.listening());
  });

  it('asks, and is answered', async () => {
    const { id, ask } = await peer.nextFrame();

    assert.strictEqual(ask, 'name');
    peer.send({ to: 'nothing', answer: 1 });
    peer.send({ to: id, answer: 'Ada' });
    await program.prints(/This is Ada/);
  });

  it('hears of errors, and of the end', async () => {
    const { id } = await peer.nextFrame();
    peer.send({ to: id, error: 'I forgot' });
    await program.prints(/without a name: I forgot/);

    const other = await Peer.connect(await program.listening());
    await other.nextFrame();
    other.ws.close();
    await program.prints(/without a name: The connection is closed/);
  });

  it('answers each question by its number', async () => {
    await peer.nextFrame();
    peer.send({ id: 1, ask: 'later', with: [50] });
    peer.send({ id: 2, ask: 'add', with: [2, 3] });
    peer.send({ id: 3, ask: 'toString' });

    const answers = [];
    while (answers.length < 3) answers.push(await peer.nextFrame());

    assert.deepStrictEqual(answers.pop(), { to: 1, answer: 'now' });
    assert.deepStrictEqual(
      answers.sort((a, b) => a.to - b.to),
      [
        { to: 2, answer: 5 },
        { to: 3, error: 'What is toString?' }
      ]
    );
  });

  it('closes where there is no JSON', async () => {
    peer.send('{');
    assert.strictEqual((await peer.closed).code, 1007);
  });
});
