'use strict';

const assert = require('assert');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');

describe('examples/rooms', function () {
  this.timeout(20000);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  let port;

  beforeEach(async () => {
    port = await new Program('examples/rooms/server.js').listening();
  });

  /* A client in a room, which must have that many members then. */
  async function enter(room, members) {
    const peer = await Peer.connect(port);
    peer.send({ join: room });
    assert.deepStrictEqual(await peer.nextFrame(), { joined: room, members });
    return peer;
  }

  it('keeps what is said in the room', async () => {
    const ada = await enter('red', 1);
    const bob = await enter('red', 2);
    const eve = await enter('blue', 1);

    ada.send({ say: 'hello' });
    assert.deepStrictEqual(await bob.nextFrame(), {
      room: 'red',
      said: 'hello'
    });
    // What she had heard before would come first.
    eve.send({ join: 'red' });
    assert.deepStrictEqual(await eve.nextFrame(), {
      joined: 'red',
      members: 3
    });
  });

  it('lets clients change and leave', async () => {
    const ada = await enter('red', 1);
    const bob = await enter('red', 2);

    ada.send({ join: 'blue' });
    assert.strictEqual((await ada.nextFrame()).members, 1);
    bob.send({ leave: true });
    bob.send({ say: 'nobody hears' });
    bob.ws.close();
    await bob.closed;
    await enter('red', 1);
  });

  it('takes nothing but JSON, and forgets who is closed', async () => {
    const ada = await enter('red', 1);

    for (const message of ['null', '1', '{"join":1}']) ada.send(message);
    ada.send('{');
    assert.deepStrictEqual(await ada.closed, {
      code: 1007,
      reason: 'JSON is expected'
    });
    await enter('red', 1);
  });
});
