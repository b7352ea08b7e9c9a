'use strict';

const assert = require('assert');
const { once } = require('events');
const { io } = require('socket.io-client');
const { Program, stopAll } = require('./program');

describe('examples/socket.io', function () {
  this.timeout(20000);

  const sockets = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.disconnect();
    await stopAll();
  });

  function open(port) {
    const socket = io(`http://127.0.0.1:${port}`, {
      forceNew: true,
      reconnectionDelay: 20,
      reconnectionDelayMax: 50,
      transports: ['websocket']
    });
    sockets.push(socket);
    return socket;
  }

  it('has rooms', async () => {
    const program = new Program('examples/socket.io/server.js');
    const port = await program.listening();
    const [ada, bob, eve] = [open(port), open(port), open(port)];
    const heard = [];
    eve.on('said', (id, text) => heard.push(text));

    assert.strictEqual(await ada.emitWithAck('join', 'red'), 1);
    assert.strictEqual(await bob.emitWithAck('join', 'red'), 2);
    assert.strictEqual(await eve.emitWithAck('join', 'blue'), 1);
    const said = once(bob, 'said');
    ada.emit('say', 'hello');
    assert.deepStrictEqual(await said, [ada.id, 'hello']);
    assert.strictEqual(await eve.emitWithAck('join', 'red'), 3);
    assert.deepStrictEqual(heard, []);
  });

  it('has its clients come back after a restart', async () => {
    const program = new Program('examples/socket.io/server.js');
    const port = await program.listening();
    const socket = open(port);
    await once(socket, 'connect');
    const gone = once(socket, 'disconnect');
    await program.stop();
    await gone;

    await new Program('examples/socket.io/server.js', { port }).listening();
    await once(socket, 'connect');
    assert.strictEqual(await socket.emitWithAck('join', 'red'), 1);
  });
});
