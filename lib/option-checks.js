'use strict';

// What Node's timers and C's deadlines can hold.
const MAX_MS = 2 ** 31 - 1;

/**
 * @param {*} value The value of an option
 * @param {String} name The option
 * @return {Number} The value
 * @throws {TypeError} If it is no number
 * @throws {RangeError} If it is no integer from `min` to `max`
 */
function checkInteger(value, name, min = 0, max = Number.MAX_SAFE_INTEGER) {
  if (typeof value !== 'number') {
    throw new TypeError(`The "${name}" option must be a number`);
  }
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(
      `The "${name}" option must be an integer from ${min} to ${max}`
    );
  }
  return value;
}

/**
 * As `checkInteger()`, for a time in ms.
 */
function checkMilliseconds(value, name, min = 0) {
  return checkInteger(value, name, min, MAX_MS);
}

/**
 * @throws {TypeError} If the value is no function
 */
function checkFunction(value, name) {
  if (typeof value !== 'function') {
    throw new TypeError(`The "${name}" option must be a function`);
  }
  return value;
}

module.exports = { checkFunction, checkInteger, checkMilliseconds };
