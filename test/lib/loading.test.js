'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { runChild } = require('../support/child');
const { onRelease, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const root = path.join(__dirname, '../..');

/* The package once more, elsewhere, with what it needs. */
function copyPackage() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvws-copy-'));
  onRelease(() => fs.rmSync(folder, { recursive: true, force: true }));
  for (const name of ['package.json', 'lib', 'build/Release/uvws.node']) {
    fs.cpSync(path.join(root, name), path.join(folder, name), {
      recursive: true
    });
  }
  fs.symlinkSync(
    path.join(root, 'node_modules'),
    path.join(folder, 'node_modules')
  );
  return folder;
}

/*
 * Runs in a child: echoes through servers of each of the packages, loaded from
 * these folders, with all servers alive at a time. A folder that was loaded
 * before is loaded anew, but for what `kept` matches.
 */
async function echoThroughEach(kit, folders, kept) {
  const path = require('node:path');
  const WebSocketClient = require('ws');
  const isKept = new RegExp(kept);
  const loaded = folders.map((folder) => {
    for (const name of Object.keys(require.cache)) {
      if (name.startsWith(folder + path.sep) && !isKept.test(name)) {
        delete require.cache[name];
      }
    }
    return require(folder);
  });
  kit.report(new Set(loaded).size);

  const http = require('node:http');
  const servers = [];
  for (const { WebSocketServer } of loaded) {
    const httpServer = http.createServer();
    const attached = new WebSocketServer({ server: httpServer });
    const own = new WebSocketServer({ port: 0, host: kit.HOST });
    httpServer.listen(0, kit.HOST);
    await Promise.all([
      kit.wait.nextEvent(own, 'listening'),
      kit.wait.nextEvent(attached, 'listening')
    ]);
    servers.push(own, attached);
    own.address = own.address.bind(own);
    attached.closeAll = () => httpServer.close();
    for (const wss of [own, attached]) {
      wss.on('connection', (ws) => ws.on('message', (data) => ws.send(data)));
    }
  }

  const clients = servers.map(
    (wss) => new WebSocketClient(`ws://${kit.HOST}:${wss.address().port}`)
  );
  await Promise.all(clients.map((ws) => kit.wait.nextEvent(ws, 'open')));
  for (const [i, client] of clients.entries()) {
    client.send(`echo ${i}`);
    const [data] = await kit.wait.nextEvent(client, 'message');
    kit.report(`${data}`);
  }
  for (const client of clients) client.close();
  await Promise.all(clients.map((ws) => kit.wait.nextEvent(ws, 'close')));
  for (const wss of servers) {
    wss.close();
    wss.closeAll?.();
  }
}

describe('loading the package', function () {
  this.timeout(TEST_TIMEOUT_MS);
  afterEach(releaseAll);

  async function assertEchoes(folders, kept = 'node_modules') {
    const { code, stderr, reports } = await runChild(
      echoThroughEach,
      folders,
      kept
    );

    assert.strictEqual(code, 0, stderr);
    assert.deepStrictEqual(reports, [
      folders.length,
      ...Array.from({ length: 2 * folders.length }, (_, i) => `echo ${i}`)
    ]);
    assert.strictEqual(stderr, '');
  }

  it('twice, having been forgotten, gives two that work', async () => {
    await assertEchoes([root, root]);
  });

  it('twice over the same binary, as jest does, gives two that work', async () => {
    await assertEchoes([root, root, root], 'node_modules|[.]node$');
  });

  it('many times gives no warning', async () => {
    await assertEchoes(Array.from({ length: 12 }, () => root));
  });

  it('from two folders gives two that work side by side', async () => {
    await assertEchoes([root, copyPackage()]);
  });

  it('without using it lets the process end', async () => {
    const { code, stderr } = await runChild(() => {});

    assert.strictEqual(code, 0, stderr);
  });

  it('says what to do where there is no binary', function () {
    if (process.env.UVWS_PREBUILD) this.skip();
    const folder = copyPackage();
    fs.rmSync(path.join(folder, 'build'), { recursive: true });

    assert.throws(
      () => require(folder),
      (err) => {
        const { platform, arch, version } = process;
        const what = `no binary for ${platform}-${arch} and Node.js ${version}`;
        assert.ok(err.message.includes(what), err.message);
        assert.ok(err.message.includes('npm rebuild uvws'), err.message);
        assert.ok(err.cause instanceof Error);
        return true;
      }
    );
  });
});
