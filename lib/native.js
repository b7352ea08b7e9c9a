'use strict';

const folder = require('path').join(__dirname, '..');

// The compiled addon: a prebuild of this platform, or what was built here. Each
// copy of this module gets functions with a state of its own.
module.exports = load().create();

function load() {
  try {
    return require('node-gyp-build')(folder);
  } catch (err) {
    const { arch, platform, version } = process;

    throw new Error(
      `uvws has no binary for ${platform}-${arch} and Node.js ${version}. ` +
        'With a C++ compiler, make and python3, `npm rebuild uvws` makes one; ' +
        'npm must be allowed to run the install script of uvws.',
      { cause: err }
    );
  }
}
