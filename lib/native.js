'use strict';

const message = require('./no-binary');

const folder = require('path').join(__dirname, '..');

// The compiled addon: a prebuild of this platform, or what was built here. Each
// copy of this module gets functions with a state of its own.
module.exports = load().create();

function load() {
  try {
    return require('node-gyp-build')(folder);
  } catch (err) {
    throw new Error(message, { cause: err });
  }
}
