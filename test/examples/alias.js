'use strict';

// Preloaded into an example (node -r) to run it, unchanged, on the package
// that UVWS_IMPL names.

const Module = require('module');
const path = require('path');
const { pathToFileURL } = require('url');

const implementation = process.env.UVWS_IMPL;
const resolveFilename = Module._resolveFilename;

Module._resolveFilename = function (request, ...rest) {
  const target = request === 'uvws' ? implementation : request;
  return resolveFilename.call(this, target, ...rest);
};

// The same for `import`.
// eslint-disable-next-line n/no-unsupported-features/node-builtins -- a release candidate in Node 20, met by tests only
Module.register(pathToFileURL(path.join(__dirname, 'alias-hooks.mjs')));
