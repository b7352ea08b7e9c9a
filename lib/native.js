'use strict';

// The compiled addon: a prebuild of this platform, or what was built here.
module.exports = require('node-gyp-build')(
  require('path').join(__dirname, '..')
);
