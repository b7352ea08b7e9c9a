'use strict';

const assert = require('assert');
const { once } = require('events');
const { WebSocketServer } = require('ws');
const { Program, stopAll } = require('./program');

describe('examples/client', function () {
  this.timeout(20000);

  let wss;
  let program;

  /** Listens on a port, any one at first, and sends everything back. */
  async function listen(port = 0, options = {}) {
    wss = new WebSocketServer({ host: '127.0.0.1', port, ...options });
    wss.on('connection', (ws) => {
      ws.on('message', (data) => ws.send(`you said ${data}`));
    });
    await once(wss, 'listening');
    return wss.address().port;
  }

  /** Ends the server and all its connections. */
  function shut() {
    for (const ws of wss.clients) ws.terminate();
    return new Promise((resolve) => wss.close(resolve));
  }

  function start(port, env = {}) {
    program = new Program('examples/client/client.js', {
      args: [`ws://127.0.0.1:${port}`],
      env: { FIRST_DELAY_MS: '20', ...env },
      hasInput: true
    });
  }

  afterEach(async () => {
    await stopAll();
    await shut();
  });

  it('sends the lines and prints what comes', async () => {
    start(await listen());
    await program.prints(/connected/);
    program.type('hello\n');

    await program.prints(/< you said hello/);
  });

  it('comes back, with what was typed meanwhile', async () => {
    const port = await listen();
    start(port);
    await program.prints(/connected/);
    await shut();
    await program.prints(/away/);
    program.type('are you back\n');
    await listen(port);

    await program.prints(/< you said are you back/);
  });

  it('notices a server that says nothing any more', async () => {
    const port = await listen(0, { autoPong: false });
    start(port, { HEARTBEAT_MS: '50' });

    await program.prints(/away \(1006\)/);
  });

  it('leaves at the end of the input', async () => {
    start(await listen());
    await program.prints(/connected/);
    const [ws] = wss.clients;
    const closed = once(ws, 'close');
    program.type(null);

    assert.strictEqual((await closed)[0], 1000);
    assert.deepStrictEqual(await program.ended(), { code: 0, signal: null });
  });

  it('leaves while it is away too', async () => {
    start(await listen(), { FIRST_DELAY_MS: '100000' });
    await program.prints(/connected/);
    await shut();
    await program.prints(/away/);
    program.type(null);

    assert.strictEqual((await program.ended()).code, 0);
  });
});
