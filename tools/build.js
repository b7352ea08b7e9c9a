'use strict';

/*
 * Compiles the addon from source: build/Release/uvws.node, which the loader
 * prefers over any prebuild.
 *
 *   node tools/build.js
 *   node tools/build.js --asan   build-asan/build/Release/uvws.node, loaded
 *                                when UVWS_PREBUILD names build-asan
 *   node tools/build.js --streams   build-streams/..., the same as where there
 *                                are no descriptors: on macOS and Windows
 */

const fs = require('fs');
const path = require('path');

const { root, isCI, mustRun } = require('./run');

const nodeGyp = path.join(root, 'node_modules/node-gyp/bin/node-gyp.js');

/**
 * Folder with the headers of the running Node, or undefined if they do not lie
 * beside it. With it node-gyp downloads nothing.
 */
function nodeDirectory() {
  const configured = process.env.npm_config_nodedir;
  if (configured) return configured;

  const prefix = path.dirname(path.dirname(fs.realpathSync(process.execPath)));
  const header = path.join(prefix, 'include/node/node_version.h');
  if (!fs.existsSync(header)) return undefined;

  const text = fs.readFileSync(header, 'utf8');
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(
    (part) => new RegExp(`NODE_${part}_VERSION (\\d+)`).exec(text)?.[1]
  );
  return version.join('.') === process.versions.node ? prefix : undefined;
}

/** Brings the package's sources into a folder of its own, to be built there. */
function stage(folder) {
  const target = path.join(root, folder);

  fs.rmSync(path.join(target, 'src'), { recursive: true, force: true });
  for (const name of ['binding.gyp', 'package.json', 'src']) {
    fs.cpSync(path.join(root, name), path.join(target, name), {
      recursive: true,
      preserveTimestamps: true
    });
  }
  return target;
}

/** Builds in `cwd`; `variables` are those of binding.gyp. */
async function compile({ cwd = root, variables = {} } = {}) {
  const headers = nodeDirectory();
  const defines = Object.entries({ ...variables, uvws_werror: isCI ? 1 : 0 });
  const gyp = (...args) =>
    mustRun(process.execPath, [nodeGyp, '--loglevel=warn', ...args], { cwd });

  await gyp(
    'configure',
    ...(headers ? [`--nodedir=${headers}`] : []),
    '--',
    ...defines.map(([key, value]) => `-D${key}=${value}`)
  );
  await gyp('build', '--release', '--jobs=max');
}

async function main() {
  if (process.argv.includes('--asan')) {
    await compile({ cwd: stage('build-asan'), variables: { uvws_asan: 1 } });
  } else if (process.argv.includes('--streams')) {
    const variables = { uvws_descriptors: 0 };

    await compile({ cwd: stage('build-streams'), variables });
  } else {
    await compile();
  }
}

module.exports = { compile, nodeDirectory, stage };

if (require.main === module) {
  main().catch((err) => {
    console.error(err.message);
    process.exitCode = 1;
  });
}
