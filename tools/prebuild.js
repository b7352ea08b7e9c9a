'use strict';

/*
 * Makes prebuilds/<platform>-<arch>/ for the machine it runs on. Built in a
 * folder aside, as prebuildify takes the binary away from where it was built.
 */

const path = require('path');

const { nodeDirectory, stage } = require('./build');
const { root, mustRun } = require('./run');

const prebuildify = path.join(root, 'node_modules/prebuildify/bin.js');

async function main() {
  const headers = nodeDirectory();

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
      `--target=${process.versions.node}`,
      `--cwd=${stage('build-prebuild')}`,
      `--out=${root}`
    ],
    { env: headers ? { npm_config_nodedir: headers } : {} }
  );
}

main().catch((err) => {
  console.error(err.message);
  process.exitCode = 1;
});
