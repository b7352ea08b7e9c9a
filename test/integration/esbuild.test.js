'use strict';

const assert = require('assert');
const esbuild = require('esbuild');
const fs = require('fs');
const os = require('os');
const path = require('path');

const { Peer, closeAll } = require('../examples/peer');
const { Program, implementation, stopAll } = require('../examples/program');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const root = path.join(__dirname, '..', '..');

describe('bundled by esbuild', function () {
  this.timeout(TEST_TIMEOUT_MS);

  let folder;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvws-bundle-'));
  });

  afterEach(async () => {
    closeAll();
    await stopAll();
    fs.rmSync(folder, { recursive: true });
  });

  /* Bundles the echo server; gives the path of the one file that it is. */
  function bundle(options) {
    const outfile = path.join(folder, 'dist', 'server.js');

    esbuild.buildSync({
      alias: implementation === 'uvws' ? {} : { uvws: implementation },
      bundle: true,
      entryPoints: [path.join(__dirname, 'programs', 'echo-server.js')],
      logLevel: 'error',
      outfile,
      platform: 'node',
      target: 'node20',
      ...options
    });
    return outfile;
  }

  async function check(outfile) {
    const program = new Program(outfile);
    const peer = await Peer.connect(await program.listening());
    peer.ws.send('end');

    assert.strictEqual(await peer.nextText(), 'end');
    assert.strictEqual((await program.ended()).code, 0, program.errors);
  }

  for (const minify of [false, true]) {
    it(`serves${minify ? ', minified' : ''}, beside its binary`, async () => {
      const outfile = bundle({ minify });
      const binary = path.join('build', 'Release', 'uvws.node');
      fs.mkdirSync(path.join(folder, path.dirname(binary)), {
        recursive: true
      });
      fs.copyFileSync(path.join(root, binary), path.join(folder, binary));

      await check(outfile);
      // It must not have been found where it was built.
      assert.ok(!fs.readFileSync(outfile, 'utf8').includes(root));
    });
  }

  it('says what is missing without its binary', async function () {
    if (implementation !== 'uvws') this.skip();
    const program = new Program(bundle());

    assert.notStrictEqual((await program.ended()).code, 0);
    assert.match(program.errors, /No native build was found/);
  });

  it('serves as a package that stays outside', async () => {
    const outfile = bundle({ external: ['uvws'] });
    const modules = path.join(folder, 'node_modules');
    fs.mkdirSync(modules);
    fs.symlinkSync(root, path.join(modules, 'uvws'));

    await check(outfile);
  });
});
