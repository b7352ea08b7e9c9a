'use strict';

/* What a function run in a child process has at hand. */
const frames = require('./frames');
const implementation = require('./implementation');
const { HOST, releaseAll, transports } = require('./transports');
const { upgradeRequest } = require('./raw-client');
const wait = require('./wait');

/* Tells the parent a value. */
function report(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/* Collects what would have ended the process, as [type, message] pairs. */
function collectUncaught() {
  const caught = [];
  process.on('uncaughtException', (err) => {
    caught.push(err instanceof Error ? err.message : String(err));
  });
  return caught;
}

module.exports = {
  ...implementation,
  HOST,
  collectUncaught,
  frames,
  releaseAll,
  report,
  transports,
  upgradeRequest,
  wait
};
