'use strict';

const assert = require('assert');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');

describe('examples/chat/bot', function () {
  this.timeout(20000);

  let server;
  let port;

  beforeEach(async () => {
    server = new Program('examples/chat/server.js');
    port = await server.listening();
  });

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  async function enter(name) {
    const peer = await Peer.connect(port);
    assert.strictEqual((await peer.join(name)).type, 'welcome');
    return peer;
  }

  const script = 'examples/chat/bot.js';
  const start = (...args) =>
    new Program(script, { args: [`ws://127.0.0.1:${port}`, ...args] });

  it('greets, answers and ends on a signal', async () => {
    const ada = await enter('Ada');
    const bot = start('Robbie');

    assert.match((await ada.nextFrame('message')).text, /I am Robbie/);

    const bob = await enter('Bob');
    assert.strictEqual((await bob.nextFrame('message')).text, 'Welcome, Bob!');
    await ada.nextFrame('message');

    const dialogue = [
      ['!help', /!time/],
      ['!time', /\d\d:\d\d:\d\d/],
      ['!who', /Ada.*Robbie.*Bob/],
      ['!roll', /[1-6]$/],
      ['Robbie, are you well?', /!help/],
      ['!constructor', /!help/]
    ];
    for (const [question, answer] of dialogue) {
      ada.send({ type: 'say', text: question });
      assert.strictEqual((await ada.nextFrame('message')).text, question);
      assert.match((await ada.nextFrame('message')).text, answer);
    }

    assert.strictEqual((await bot.stop()).code, 0);
    assert.strictEqual((await ada.nextFrame('left')).member.name, 'Robbie');
  });

  it('takes another name where its own is taken', async () => {
    const ada = await enter('Bot');

    start();
    assert.strictEqual((await ada.nextFrame('joined')).member.name, 'Bot 2');
  });

  it('comes back after a restart of the server', async () => {
    const bot = start();

    await bot.prints(/in the room as Bot/);
    await server.stop();
    await bot.prints(/trying again/);
    server = new Program('examples/chat/server.js', { port });
    await server.listening();
    await bot.prints(/in the room as Bot[^]*in the room as Bot/);
  });
});
