'use strict';

/*
 * What to do where there is no binary for this platform: the error of loading,
 * and, run by itself, the last word of an installation that could not compile.
 */

const message =
  `uvws has no binary for ${process.platform}-${process.arch} and Node.js ` +
  `${process.version}. With a C++ compiler, make and python3, ` +
  '`npm rebuild uvws` makes one; npm must be allowed to run the install script ' +
  'of uvws.';

if (require.main === module) {
  process.stderr.write(`\n${message}\n\n`);
  process.exitCode = 1;
}

module.exports = message;
