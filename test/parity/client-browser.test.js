'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const path = require('node:path');

const { name } = require('../support/implementation');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const root = path.join(__dirname, '../..');
const MESSAGE =
  'ws does not work in the browser. Browser clients must use the native ' +
  'WebSocket object';

/* What a program prints that is resolved as a bundler for browsers does it. */
function run(...args) {
  return execFileSync(process.execPath, ['--conditions=browser', ...args], {
    cwd: root,
    encoding: 'utf8'
  });
}

describe('[client] the package for a browser', function () {
  this.timeout(TEST_TIMEOUT_MS);

  for (const call of ['new WebSocket("ws://localhost")', 'WebSocket()']) {
    it(`loads and throws with ${call}`, () => {
      const tell = `try { ${call} } catch (err) { console.log(err.message) }`;

      assert.strictEqual(
        run('-e', `const WebSocket = require('${name}'); ${tell}`),
        `${MESSAGE}\n`
      );
      assert.strictEqual(
        run(
          '--input-type=module',
          '-e',
          `import WebSocket from '${name}'; ${tell}`
        ),
        `${MESSAGE}\n`
      );
    });
  }

  it('is named for bundlers that know no exports', () => {
    const manifest = require(`${name}/package.json`);

    assert.strictEqual(path.posix.normalize(manifest.browser), 'browser.js');
  });
});
