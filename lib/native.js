'use strict';

// The compiled addon: a prebuild of this platform, or what was built here. Each
// copy of this module gets functions with a state of their own.
module.exports = require('node-gyp-build')(
  require('path').join(__dirname, '..')
).create();
