'use strict';

// The token characters of RFC 9110 5.6.2, by character code.
const isTokenCharacter = new Uint8Array(128);
for (const character of "!#$%&'*+-.^_`|~") {
  isTokenCharacter[character.charCodeAt(0)] = 1;
}
for (let code = 0; code < 128; code++) {
  if (/[0-9A-Za-z]/.test(String.fromCharCode(code))) {
    isTokenCharacter[code] = 1;
  }
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

module.exports = { isBlob, isTokenCharacter, isValidStatusCode };
