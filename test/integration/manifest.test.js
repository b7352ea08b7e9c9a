'use strict';

const assert = require('assert');
const fs = require('fs');
const path = require('path');

const { name } = require('../support/implementation');

describe('package.json', () => {
  it('can be required, and imported', async () => {
    const manifest = require(`${name}/package.json`);
    const { default: imported } = await import(`${name}/package.json`, {
      with: { type: 'json' }
    });

    assert.strictEqual(manifest.name, name);
    assert.strictEqual(imported.version, manifest.version);
  });

  it('names files that are there', function () {
    if (name !== 'uvws') this.skip();
    const { exports, main, types } = require('uvws/package.json');
    const { import: esm, require: cjs } = exports['.'];
    const files = [main, types, ...Object.values(esm), ...Object.values(cjs)];

    for (const file of files) {
      assert.ok(fs.existsSync(path.join(__dirname, '..', '..', file)), file);
    }
    assert.strictEqual(cjs.default, main);
    assert.strictEqual(cjs.types, types);
  });
});
