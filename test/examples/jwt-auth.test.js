'use strict';

const assert = require('assert');
const jwt = require('jsonwebtoken');
const { Peer, closeAll } = require('./peer');
const { Program, stopAll } = require('./program');

describe('examples/jwt-auth', function () {
  this.timeout(20000);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  const SECRET = 'for this test only';
  let port;

  async function start(env) {
    const program = new Program('examples/jwt-auth/server.js', {
      env: { SECRET, ...env }
    });
    port = await program.listening();
  }

  const enter = (query) => Peer.connect(`ws://127.0.0.1:${port}/${query}`);

  it('welcomes who has a token', async () => {
    await start();
    const response = await fetch(`http://127.0.0.1:${port}/login`, {
      method: 'POST',
      body: 'Ada'
    });
    const peer = await enter(`?token=${await response.text()}`);

    assert.strictEqual(await peer.nextText(), 'Welcome, Ada!');
    peer.ws.send('hello');
    assert.strictEqual(await peer.nextText(), 'Ada: hello');
  });

  it('closes the others with 1008', async () => {
    await start();
    const user = { name: 'Eve' };
    const past = Math.floor(Date.now() / 1000) - 1;
    const wrong = {
      '': 'jwt must be provided',
      '?token=x': 'jwt malformed',
      [`?token=${jwt.sign(user, 'guessed')}`]: 'invalid signature',
      [`?token=${jwt.sign(user, '', { algorithm: 'none' })}`]:
        'jwt signature is required',
      [`?token=${jwt.sign(user, SECRET, { algorithm: 'HS512' })}`]:
        'invalid algorithm',
      [`?token=${jwt.sign({ ...user, exp: past }, SECRET)}`]: 'jwt expired'
    };

    for (const [query, reason] of Object.entries(wrong)) {
      const peer = await enter(query);
      peer.ws.send('hello');
      assert.deepStrictEqual(await peer.closed, { code: 1008, reason });
    }
  });

  it('closes when the token expires', async () => {
    await start({ LIFETIME_S: '1' });
    const token = jwt.sign({ name: 'Ada' }, SECRET, { expiresIn: 1 });
    const peer = await enter(`?token=${token}`);

    assert.deepStrictEqual(await peer.closed, {
      code: 1008,
      reason: 'jwt expired'
    });
  });
});
