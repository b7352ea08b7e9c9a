'use strict';

/*
 * From a bare clone to a built addon: installs the packages when they are
 * missing or not those of package-lock.json, then compiles. Needs nothing but
 * Node and npm.
 */

const fs = require('fs');
const path = require('path');

const { root, mustRun } = require('./run');

function readJSON(...names) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, ...names), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether every package of the lock file lies there in its version. */
function isInstalled() {
  const { packages } = readJSON('package-lock.json');

  return Object.entries(packages).every(
    ([folder, { version, optional }]) =>
      folder === '' ||
      optional ||
      readJSON(folder, 'package.json')?.version === version
  );
}

function npm(args) {
  const script = process.env.npm_execpath;

  return script && path.basename(script) === 'npm-cli.js'
    ? mustRun(process.execPath, [script, ...args])
    : mustRun('npm', args);
}

/** Installs what is missing. No package needs its install script to run. */
async function bootstrap() {
  if (isInstalled()) return;
  await npm(['ci', '--include=dev', '--ignore-scripts', '--no-audit']);
}

async function main() {
  await bootstrap();
  await require('./build').compile();
}

module.exports = { bootstrap };

if (require.main === module) {
  main().catch((err) => {
    console.error(err.message);
    process.exitCode = 1;
  });
}
