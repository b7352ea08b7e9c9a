'use strict';

const { checkInteger, checkMilliseconds } = require('../option-checks');

/**
 * The options that all adapters have which hand messages to another process.
 *
 * @param {Object} options What the application gave
 * @return {{ maxPendingBytes: Number, stallTimeout: Number }} Checked
 * @throws {TypeError} If one is no number
 * @throws {RangeError} If one is out of range
 */
function checkLimits({
  maxPendingBytes = 16 * 1024 * 1024,
  stallTimeout = 5000
}) {
  checkInteger(maxPendingBytes, 'maxPendingBytes');
  checkMilliseconds(stallTimeout, 'stallTimeout', 1);
  return { maxPendingBytes, stallTimeout };
}

module.exports = { checkLimits };
