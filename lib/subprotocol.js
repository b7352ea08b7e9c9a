'use strict';

const { isTokenCharacter } = require('./validation');

/**
 * Parses a `Sec-WebSocket-Protocol` header: distinct tokens, separated by
 * commas (RFC 6455 4.1).
 *
 * @param {String} header The value of the header
 * @return {Set<String>} The subprotocols, in their order
 * @throws {SyntaxError} If the header is not such a list
 */
function parse(header) {
  const protocols = new Set();

  for (const element of header.split(',')) {
    const protocol = trim(element);

    for (let i = 0; i < protocol.length; i++) {
      if (isTokenCharacter[protocol.charCodeAt(i)] !== 1) {
        throw new SyntaxError(
          `Unexpected character in subprotocol "${protocol}"`
        );
      }
    }

    if (protocol === '') throw new SyntaxError('Unexpected end of input');
    if (protocols.has(protocol)) {
      throw new SyntaxError(`The "${protocol}" subprotocol is duplicated`);
    }

    protocols.add(protocol);
  }

  return protocols;
}

/**
 * Takes spaces and tabs off both ends; `String#trim` would take more.
 *
 * @param {String} text The text
 * @return {String} The text without them
 */
function trim(text) {
  let start = 0;
  let end = text.length;

  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code) {
  return code === 0x20 || code === 0x09;
}

module.exports = { parse };
