'use strict';

// The token characters of RFC 9110 5.6.2, by character code.
const tokenCodes = new Set(
  Array.from(
    "!#$%&'*+-.^_`|~0123456789" +
      'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    (character) => character.charCodeAt(0)
  )
);

/**
 * Tells whether a character may stand in a token.
 *
 * @param {Number} code The character's code
 * @return {Boolean} `true` if it may
 */
function isTokenCode(code) {
  return tokenCodes.has(code);
}

/**
 * Tells whether a character is optional white space (RFC 9110 5.6.3).
 *
 * @param {Number} code The character's code
 * @return {Boolean} `true` if it is
 */
function isBlankCode(code) {
  return code === 0x20 || code === 0x09;
}

/**
 * Tells whether a close frame may carry this code (RFC 6455 7.4).
 *
 * @param {Number} code The close code
 * @return {Boolean} `true` if it may
 */
function isValidStatusCode(code) {
  return (
    (code >= 1000 &&
      code <= 1014 &&
      code !== 1004 &&
      code !== 1005 &&
      code !== 1006) ||
    (code >= 3000 && code <= 4999)
  );
}

/**
 * Tells whether a value is a `Blob`, or something that passes for one.
 *
 * @param {*} value The value
 * @return {Boolean} `true` if it is
 */
function isBlob(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof value.arrayBuffer === 'function' &&
    typeof value.type === 'string' &&
    typeof value.stream === 'function' &&
    (value[Symbol.toStringTag] === 'Blob' ||
      value[Symbol.toStringTag] === 'File')
  );
}

module.exports = { isBlankCode, isBlob, isTokenCode, isValidStatusCode };
