'use strict';

const assert = require('assert');
const { once } = require('events');
const fs = require('fs');
const net = require('net');
const path = require('path');

const WebSocket = require('ws');

const {
  isSlowWanted,
  makeFolder,
  removeFolders,
  root,
  run,
  start
} = require('./support');

/** What a clone would hold once all that lies here is committed. */
async function makeClone() {
  const clone = makeFolder();
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = (await run('git', list)).split('\0').filter(Boolean);

  for (const name of new Set(files)) {
    const source = path.join(root, name);
    const target = path.join(clone, name);
    if (!fs.existsSync(source)) continue;
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(source, target);
  }
  return clone;
}

async function findFreePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

describe('a bare clone', function () {
  this.timeout(240000);

  before(function () {
    if (!isSlowWanted || !fs.existsSync(path.join(root, '.git'))) this.skip();
  });

  after(removeFolders);

  it('serves the chat on PORT after nothing but npm start', async () => {
    const cwd = await makeClone();
    const port = await findFreePort();
    const { stop } = await start('npm', ['start'], {
      cwd,
      env: { HOST: '127.0.0.1', PORT: String(port) },
      pattern: /Chat on http/
    });

    try {
      const page = await fetch(`http://127.0.0.1:${port}/`);
      assert.strictEqual(page.status, 200);
      assert.match(await page.text(), /<!doctype html>/i);

      const ws = new WebSocket(`ws://127.0.0.1:${port}`);
      await once(ws, 'open');
      ws.close();
      await once(ws, 'close');
    } finally {
      await stop();
    }
  });

  it('installs, builds and tests after nothing but npm test', async () => {
    const cwd = await makeClone();
    // Only the quick part of this folder: the whole would run itself again.
    const output = await run('npm', ['test', '--', '--only', 'package'], {
      cwd
    });

    assert.match(output.trimEnd(), /\n[1-9]\d* passed, 0 failed, \d+ skipped$/);
    assert(fs.existsSync(path.join(cwd, 'build/Release/uvws.node')));
  });
});
