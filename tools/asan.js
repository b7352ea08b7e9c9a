'use strict';

/* The addon under AddressSanitizer, with its check for leaks, and
 * UndefinedBehaviorSanitizer. */

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
    ASAN_OPTIONS: 'detect_leaks=1',
    LSAN_OPTIONS: `print_suppressions=0:suppressions=${path.join(__dirname, 'leaks.supp')}`,
    // Memory that was freed is kept for a while: tests can't measure it.
    UVWS_SANITIZED: '1'
  };
}

module.exports = { prepareAsan };
