'use strict';

const assert = require('assert');
const path = require('path');

const { root, run } = require('./support');

const binary = path.join(root, 'build/Release/uvws.node');

describe('the binary', function () {
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  it('needs no library that node does not bring along', async () => {
    const output = await run('readelf', ['--dynamic', binary]);
    const needed = [...output.matchAll(/NEEDED.*\[(.*)\]/g)].map(([, x]) => x);

    assert.notStrictEqual(needed.length, 0);
    for (const name of needed) {
      assert.match(
        name,
        /^(lib(c|gcc_s|m|pthread|stdc\+\+)|ld-.*)\.so(\.\d+)*$/
      );
    }
  });

  // What node 20 itself needs: older systems have no node to load it.
  it('needs no later glibc and libstdc++ than node does', async () => {
    const symbols = await run('nm', ['--dynamic', '--undefined-only', binary]);
    const latest = { GLIBC: [2, 28], GLIBCXX: [3, 4, 21], CXXABI: [1, 3, 9] };
    const versions = [...symbols.matchAll(/@(GLIBC|GLIBCXX|CXXABI)_([\d.]+)/g)];

    assert.notStrictEqual(versions.length, 0);
    for (const [, library, version] of versions) {
      const parts = version.split('.').map(Number);
      const i = parts.findIndex((part, at) => part !== latest[library][at]);

      assert.ok(
        i === -1 || parts[i] < (latest[library][i] ?? 0),
        `${library}_${version}`
      );
    }
  });

  it('shows none of its own functions to other addons', async () => {
    const symbols = await run('nm', ['--dynamic', '--defined-only', binary]);
    assert.doesNotMatch(symbols, /\buvws_/);
  });
});
