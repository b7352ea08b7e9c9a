'use strict';

/*
 * Makes prebuilds/<platform>-<arch>/, of which a package takes what is there.
 * Built in a folder aside, as prebuildify takes the binary away from where it was
 * built. The same sources, compiler and Node headers give the same bytes.
 *
 *   node tools/prebuild.js                for the machine it runs on
 *   node tools/prebuild.js --arch=arm64   on Linux, with Debian's cross compiler
 */

const fs = require('fs');
const path = require('path');
const { parseArgs } = require('util');

const { nodeDirectory, stage } = require('./build');
const { root, mustRun } = require('./run');

const prebuildify = path.join(root, 'node_modules/prebuildify/bin.js');

// Prefixes of Debian's cross compilers, package g++-<prefix>.
const CROSS_COMPILERS = { arm64: 'aarch64-linux-gnu' };

function crossTools(arch) {
  const prefix = CROSS_COMPILERS[arch];

  if (prefix === undefined || process.platform !== 'linux') {
    throw new Error(`No cross compiler for ${process.platform}-${arch}`);
  }
  return {
    AR: `${prefix}-ar`,
    CC: `${prefix}-gcc`,
    CXX: `${prefix}-g++`,
    PREBUILD_STRIP_BIN: `${prefix}-strip`
  };
}

async function main() {
  const { values } = parseArgs({
    options: { arch: { type: 'string', default: process.arch } }
  });
  const { arch } = values;
  const headers = nodeDirectory();
  const folder = stage('build-prebuild');

  // Objects of another architecture must not be linked in.
  fs.rmSync(path.join(folder, 'build'), { recursive: true, force: true });
  await mustRun(
    process.execPath,
    [
      prebuildify,
      '--napi',
      '--strip',
      // node-gyp-build would read the name uvws as "for version ws of uv".
      '--name=addon',
      // A binary for glibc must not be picked on Alpine.
      ...(process.platform === 'linux' ? ['--tag-libc'] : []),
      `--arch=${arch}`,
      `--target=${process.versions.node}`,
      `--cwd=${folder}`,
      `--out=${root}`
    ],
    {
      env: {
        ...(headers && { npm_config_nodedir: headers }),
        ...(arch !== process.arch && crossTools(arch))
      }
    }
  );
}

main().catch((err) => {
  console.error(err.message);
  process.exitCode = 1;
});
