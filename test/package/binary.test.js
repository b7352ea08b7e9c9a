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

  it('shows none of its own functions to other addons', async () => {
    const symbols = await run('nm', ['--dynamic', '--defined-only', binary]);
    assert.doesNotMatch(symbols, /\buvws_/);
  });
});
