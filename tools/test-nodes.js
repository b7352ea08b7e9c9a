'use strict';

/*
 * `npm run test:nodes`: the JavaScript tests on each supported Node, with the
 * addon as the Node that runs this has built it: one binary for all.
 *
 *   npm run test:nodes -- 24 26        only these
 *   npm run test:nodes -- --only lib   only these steps of tools/test.js
 *
 * The executables come from the npm registry, into .cache/.
 */

const fs = require('fs');
const path = require('path');
const { parseArgs } = require('util');

const { bootstrap } = require('./bootstrap');
const { compile } = require('./build');
const { root, mustRun, run } = require('./run');

const VERSIONS = ['20', '22', '24', '26'];
const STEPS = 'lib,parity,conformance,examples,integration';

/** Fetches an executable; resolves with its path. */
async function fetchNode(version) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const folder = path.join(root, '.cache', `node-${version}`);
  const file = platform === 'win' ? 'node.exe' : 'node';
  const executable = path.join(folder, 'node_modules', name, 'bin', file);

  if (!fs.existsSync(executable)) {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'package.json'), '{}');
    await mustRun(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', `${name}@${version}`],
      { cwd: folder }
    );
  }
  return executable;
}

async function testOn(version, steps) {
  const node = await fetchNode(version);
  const { stdout } = await run(node, ['--version'], { show: () => undefined });
  const test = ['tools/test.js', '--no-build', '--only', steps];
  let last = '';

  console.log(`\n==== Node ${stdout.trim()}`);
  const { code } = await run(node, test, {
    show: (line) => {
      if (line !== '') last = line;
      return line;
    }
  });
  return { name: stdout.trim(), code, last };
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string', default: STEPS } }
  });
  const results = [];

  await bootstrap();
  await compile();
  for (const version of positionals.length > 0 ? positionals : VERSIONS) {
    results.push(await testOn(version, values.only));
  }

  console.log('');
  for (const { name, last } of results) console.log(`${name}: ${last}`);
  if (results.some(({ code }) => code !== 0)) process.exitCode = 1;
}

main().catch((err) => {
  console.error(err.message);
  process.exitCode = 1;
});
