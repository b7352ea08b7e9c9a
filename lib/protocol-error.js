'use strict';

const zlib = require('zlib');

const { statuses } = require('./native');

/**
 * Makes the error for a failure of the core, as `ws` words it.
 *
 * @param {Number} status The failure: a negative `uvws_status_t`
 * @param {Number} detail The number in the failure's message
 * @return {Error} The error, with its `code`
 */
function protocolError(status, detail) {
  const { isRangeError, code, message } = statuses[-status - 1];
  const ErrorClass = isRangeError ? RangeError : Error;
  const err = new ErrorClass(message.replace('%u', detail));

  Error.captureStackTrace(err, protocolError);
  // zlib's errors have both.
  if (code === 'Z_DATA_ERROR') err.errno = zlib.constants.Z_DATA_ERROR;
  err.code = code;
  return err;
}

/**
 * Tells which close code a failure is answered with.
 *
 * @param {Number} status The failure: a negative `uvws_status_t`
 * @return {Number} The close code
 */
function closeCodeOf(status) {
  return statuses[-status - 1].wire;
}

/**
 * Finds a failure of the core by its name in src/core/status.def.
 *
 * @param {String} name The name
 * @return {Number} The `uvws_status_t`
 */
function statusOf(name) {
  return -statuses.findIndex((row) => row.name === name) - 1;
}

module.exports = { closeCodeOf, protocolError, statusOf };
