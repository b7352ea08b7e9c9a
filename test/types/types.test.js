'use strict';

const assert = require('assert');
const { execFile } = require('child_process');
const path = require('path');

const names = require('./names.json');
const WebSocket = require('../..');

const compiler = path.join(
  path.dirname(require.resolve('typescript/package.json')),
  require('typescript/package.json').bin.tsc
);

/** Compiles what a configuration includes; resolves with what is wrong. */
function compile(configuration) {
  const args = [compiler, '-p', path.join(__dirname, configuration)];

  return new Promise((resolve) => {
    execFile(process.execPath, args, (err, stdout, stderr) => {
      resolve(err ? stdout + stderr || err.message : '');
    });
  });
}

describe('the declarations', function () {
  this.timeout(60000);

  // Each mistake in the samples is expected, so what is taken for right and for
  // wrong is the same in all three.
  it('compile the samples', async () => {
    assert.strictEqual(await compile('tsconfig.uvws.json'), '');
  });

  it('agree with @types/ws about require', async () => {
    assert.strictEqual(await compile('tsconfig.ws-require.json'), '');
  });

  it('agree with @types/ws about import', async () => {
    assert.strictEqual(await compile('tsconfig.ws-import.json'), '');
  });

  it('compile for a bundler', async () => {
    assert.strictEqual(await compile('tsconfig.bundler.json'), '');
  });

  it('name what there is at run time', () => {
    const wss = new WebSocket.Server({ noServer: true });

    assert.deepStrictEqual(
      Object.keys(WebSocket).sort(),
      Object.keys(names.exports).sort()
    );
    assert.deepStrictEqual(
      Object.keys(wss.options).sort(),
      Object.keys(names.serverOptions).sort()
    );
  });
});
