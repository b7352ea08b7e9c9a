'use strict';

const { isBlankCode, isTokenCode } = require('./validation');

const COMMA = 0x2c;

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
  let index = 0;

  for (;;) {
    index = add(protocols, header, index);
    if (index === header.length) return protocols;
    index++;
  }
}

/**
 * Adds the token at an index, with blanks around it.
 *
 * @return {Number} Where the comma behind it is, or the end of the header
 */
function add(protocols, header, index) {
  // The header's value itself was trimmed: it begins and ends with no blank.
  if (index > 0) index = skipBlanks(header, index);

  const start = index;

  while (index < header.length && isTokenCode(header.charCodeAt(index))) {
    index++;
  }

  const protocol = header.slice(start, index);
  const end = index;

  if (protocol !== '') index = skipBlanks(header, index);
  if (index === header.length) {
    if (protocol === '' || end < index) {
      throw new SyntaxError('Unexpected end of input');
    }
  } else if (protocol === '' || header.charCodeAt(index) !== COMMA) {
    throw new SyntaxError(`Unexpected character at index ${index}`);
  }

  if (protocols.has(protocol)) {
    throw new SyntaxError(`The "${protocol}" subprotocol is duplicated`);
  }

  protocols.add(protocol);
  return index;
}

function skipBlanks(header, index) {
  while (index < header.length && isBlankCode(header.charCodeAt(index))) {
    index++;
  }
  return index;
}

module.exports = { parse };
