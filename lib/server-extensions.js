'use strict';

// permessage-deflate (RFC 7692) as the server negotiates it.

const extension = require('./extension');
const PerMessageDeflate = require('./permessage-deflate');

const NONE = Object.freeze({});

const headerLine = /^sec-websocket-extensions:[ \t]*(.*)$/gim;

/**
 * Agrees to what a client offers.
 *
 * @param {Object} options Options of the server
 * @param {String} [header] The value of `Sec-WebSocket-Extensions`
 * @return {Object} The extensions agreed on, by their names
 * @throws {Error} If the header is invalid, or no offer can be accepted
 */
function negotiate({ maxPayload, perMessageDeflate }, header) {
  if (!perMessageDeflate || header === undefined) return NONE;

  const name = PerMessageDeflate.extensionName;
  const offers = extension.parse(header)[name];

  if (!offers) return NONE;

  const agreed = new PerMessageDeflate({
    ...perMessageDeflate,
    isServer: true,
    maxPayload
  });

  agreed.accept(offers);
  return { [name]: agreed };
}

/**
 * Makes the header that answers the client.
 *
 * @param {Object} extensions The extensions agreed on
 * @return {String} The value of `Sec-WebSocket-Extensions`, '' for none
 */
function answer(extensions) {
  const name = PerMessageDeflate.extensionName;
  const agreed = extensions[name];

  return agreed ? extension.format({ [name]: [agreed.params] }) : '';
}

/**
 * Finds the header in the head of a request, as node:http would.
 *
 * @param {String} head The head, checked by C
 * @return {(String|undefined)} Its value
 */
function findHeader(head) {
  const values = Array.from(head.matchAll(headerLine), ([, value]) =>
    value.trimEnd()
  );

  return values.length === 0 ? undefined : values.join(', ');
}

module.exports = { answer, findHeader, negotiate };
