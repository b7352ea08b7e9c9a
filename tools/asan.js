'use strict';

/* The addon under AddressSanitizer and UndefinedBehaviorSanitizer. */

const { execFileSync } = require('child_process');
const path = require('path');

const { root, mustRun } = require('./run');

/**
 * Builds it, and resolves with the environment in which node loads it: the
 * runtime has to be there before node, which is not built with it.
 */
async function prepareAsan() {
  await mustRun(process.execPath, ['tools/build.js', '--asan']);

  const compiler = process.env.CXX || 'g++';
  const args = ['-print-file-name=libasan.so'];
  return {
    UVWS_PREBUILD: path.join(root, 'build-asan'),
    LD_PRELOAD: execFileSync(compiler, args, { encoding: 'utf8' }).trim(),
    // Node itself leaves memory to the end of the process.
    ASAN_OPTIONS: 'detect_leaks=0'
  };
}

module.exports = { prepareAsan };
