'use strict';

const { spawnSync } = require('node:child_process');
const path = require('node:path');

// Brings the programs in C up to date.
function build(target = 'all') {
  const { status } = spawnSync(
    'make',
    ['-s', '-C', path.join(__dirname, '..'), target],
    { stdio: ['ignore', 2, 2] }
  );

  if (status !== 0) throw new Error(`make ${target} failed in bench`);
}

module.exports = { build };
