'use strict';

const assert = require('assert');
const fs = require('fs');
const path = require('path');

const { nodeDirectory } = require('../../tools/build');
const {
  askEcho,
  isSlowWanted,
  makeBarePath,
  makeFolder,
  removeFolders,
  root,
  run,
  start
} = require('./support');

const SERVER = `
  const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => {
    console.log('port ' + wss.address().port);
  });
  wss.on('connection', (ws) => ws.on('message', (data) => ws.send(data)));
`;
const scripts = {
  'server.cjs': `const { WebSocketServer } = require('uvws');${SERVER}`,
  'server.mjs': `import { WebSocketServer } from 'uvws';${SERVER}`
};

/** Runs `script` in `cwd` and expects it to be an echo server. */
async function expectEcho(cwd, script) {
  const { match, stop } = await start(process.execPath, [script], {
    cwd,
    pattern: /port (\d+)/
  });

  try {
    assert.strictEqual(await askEcho(match[1], 'hällo'), 'hällo');
  } finally {
    await stop();
  }
}

/** An application: an empty folder but for package.json and `files`. */
function makeApplication(files = {}, manifest = {}) {
  const folder = makeFolder();
  const all = { 'package.json': JSON.stringify(manifest), ...files };

  for (const [name, text] of Object.entries(all)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  return folder;
}

describe('the packed package', function () {
  this.timeout(240000);

  let tarball;

  before(async function () {
    if (!isSlowWanted) this.skip();

    const folder = makeFolder();
    await run('npm', ['pack', `--pack-destination=${folder}`]);
    const { version } = require('../../package.json');
    tarball = path.join(folder, `uvws-${version}.tgz`);
  });

  after(removeFolders);

  it('holds the library, its sources, a prebuild, and nothing else', async () => {
    const files = (await run('tar', ['-tzf', tarball]))
      .split('\n')
      .filter(Boolean)
      .map((name) => name.replace('package/', ''));
    const { platform, arch } = process;

    for (const name of [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'binding.gyp'
    ]) {
      assert(files.includes(name), name);
    }
    assert(files.includes('src/core/status.def'));
    assert(
      files.some((name) => name.startsWith(`prebuilds/${platform}-${arch}/`))
    );
    assert.deepStrictEqual(
      files.filter((name) => !/^(lib|prebuilds|src)\/|^[^/]+$/.test(name)),
      []
    );
  });

  for (const flags of [[], ['--ignore-scripts']]) {
    const title = ['npm install', ...flags].join(' ');

    it(`gives a working require and import after ${title}`, async () => {
      const cwd = makeApplication(scripts);

      await run('npm', ['install', '--no-audit', ...flags, tarball], {
        cwd,
        env: { PATH: makeBarePath() }
      });
      await expectEcho(cwd, 'server.cjs');
      await expectEcho(cwd, 'server.mjs');
      assert(!fs.existsSync(path.join(cwd, 'node_modules/uvws/build')));
    });
  }

  it('is as small as doc/releasing.md says', async () => {
    const { size } = fs.statSync(tarball);
    const files = await run('tar', ['-tvzf', tarball]);
    const sizes = [...files.matchAll(/^\S+ \S+ +(\d+)/gm)];
    const unpacked = sizes.reduce((sum, [, bytes]) => sum + Number(bytes), 0);

    // With one prebuild or two.
    assert.ok(size < 650e3, `${size} bytes packed`);
    assert.ok(unpacked < 1.8e6, `${unpacked} bytes unpacked`);
  });

  it('says what to do where it can neither load nor compile', async () => {
    const cwd = makeApplication(scripts);
    const installed = path.join(cwd, 'node_modules/uvws');

    await run('npm', ['install', '--ignore-scripts', tarball], { cwd });
    fs.rmSync(path.join(installed, 'prebuilds'), { recursive: true });

    const wanted = /uvws has no binary for [^]* `npm rebuild uvws` makes one/;
    await assert.rejects(
      run('npm', ['run', 'install'], {
        cwd: installed,
        env: { PATH: makeBarePath() }
      }),
      ({ stderr }) => wanted.test(stderr)
    );
    await assert.rejects(
      run(process.execPath, ['server.cjs'], { cwd }),
      (err) => wanted.test(err.stderr)
    );
  });

  it('compiles where there is no prebuild for the machine', async () => {
    const cwd = makeApplication(scripts);
    const installed = path.join(cwd, 'node_modules/uvws');
    const headers = nodeDirectory();

    await run('npm', ['install', '--ignore-scripts', tarball], { cwd });
    fs.rmSync(path.join(installed, 'prebuilds'), { recursive: true });
    await run('npm', ['run', 'install'], {
      cwd: installed,
      env: headers ? { npm_config_nodedir: headers } : {}
    });
    await expectEcho(cwd, 'server.cjs');
  });

  it('stands in for ws, in dependencies too, by npm overrides', async () => {
    const cwd = makeApplication(
      {
        'dependent/package.json': JSON.stringify({
          name: 'dependent',
          version: '1.0.0',
          dependencies: { ws: '^8.0.0' }
        }),
        'dependent/server.js': `const { WebSocketServer } = require('ws');${SERVER}`
      },
      {
        dependencies: { dependent: 'file:dependent' },
        overrides: { ws: `file:${tarball}` }
      }
    );

    await run('npm', ['install', '--install-links', '--no-audit'], { cwd });
    const manifest = path.join(cwd, 'node_modules/ws/package.json');
    assert.strictEqual(require(manifest).name, 'uvws');
    await expectEcho(cwd, 'node_modules/dependent/server.js');
  });
});

describe('the loader', () => {
  it('takes what was compiled here before any prebuild', () => {
    const file = require('node-gyp-build').path(root);
    assert.strictEqual(file, path.join(root, 'build', 'Release', 'uvws.node'));
  });
});
