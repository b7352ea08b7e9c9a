'use strict';

const assert = require('assert');

const { Peer, closeAll } = require('../examples/peer');
const { Program, implementation, stopAll } = require('../examples/program');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const PROGRAM = 'test/integration/programs/permission-server.js';

/* Those of the flags that this version of node has. */
function known(...flags) {
  return flags.filter((flag) => {
    return process.allowedNodeEnvironmentFlags.has(flag.split('=')[0]);
  });
}

const [model] = known('--permission', '--experimental-permission');
const [addons] = known('--allow-addons');
const title = 'serves with --allow-addons';

describe('the permission model', function () {
  this.timeout(TEST_TIMEOUT_MS);

  afterEach(async () => {
    closeAll();
    await stopAll();
  });

  if (!model || !addons) {
    it.skip(`${title}: this node has no such flag`);
    return;
  }

  it(title, async function () {
    if (implementation !== 'uvws') this.skip();
    const program = new Program(PROGRAM, {
      flags: [model, addons, '--allow-fs-read=*', ...known('--allow-net')]
    });
    const peer = await Peer.connect(await program.listening());
    peer.ws.send('end');

    assert.strictEqual(await peer.nextText(), 'end');
    assert.match(program.output, /may write: false\nmay spawn: false/);
    assert.strictEqual((await program.ended()).code, 0, program.errors);
  });
});
