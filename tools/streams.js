'use strict';

/* The addon as it is where C reads and writes no descriptors. */

const path = require('path');

const { root, mustRun } = require('./run');

/** Builds it, and resolves with the environment in which node loads it. */
async function prepareStreams() {
  await mustRun(process.execPath, ['tools/build.js', '--streams']);
  return {
    UVWS_PREBUILD: path.join(root, 'build-streams'),
    // A callback of send() comes a tick later where a stream is between.
    UVWS_STREAMS: '1'
  };
}

module.exports = { prepareStreams };
