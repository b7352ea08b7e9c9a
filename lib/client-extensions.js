'use strict';

// permessage-deflate (RFC 7692) as the client negotiates it.

const extension = require('./extension');
const PerMessageDeflate = require('./permessage-deflate');

/**
 * Makes the extension that a client offers.
 *
 * @param {Object} options The resolved options of the client
 * @return {?PerMessageDeflate} The extension, or `null` if none is offered
 */
function make({ perMessageDeflate, maxPayload }) {
  if (!perMessageDeflate) return null;
  return new PerMessageDeflate({
    ...perMessageDeflate,
    isServer: false,
    maxPayload
  });
}

/**
 * Makes the header that offers an extension.
 *
 * @param {?PerMessageDeflate} offered The extension
 * @return {?String} The value of `Sec-WebSocket-Extensions`, or `null`
 */
function offer(offered) {
  if (offered === null) return null;
  return extension.format({
    [PerMessageDeflate.extensionName]: offered.offer()
  });
}

/**
 * Checks what the server says to the offer.
 *
 * @param {?PerMessageDeflate} offered The extension that was offered
 * @param {String} header The value of `Sec-WebSocket-Extensions`
 * @return {Object} `accepted`, by their names, or `error`: what is wrong
 */
function accept(offered, header) {
  if (offered === null) {
    return {
      error:
        'Server sent a Sec-WebSocket-Extensions header but no extension was ' +
        'requested'
    };
  }

  const name = PerMessageDeflate.extensionName;

  try {
    const answered = extension.parse(header);
    const names = Object.keys(answered);

    if (names.length !== 1 || names[0] !== name) {
      return { error: 'Server indicated an extension that was not requested' };
    }
    offered.accept(answered[name]);
  } catch {
    return { error: 'Invalid Sec-WebSocket-Extensions header' };
  }
  return { accepted: { [name]: offered } };
}

module.exports = { accept, make, offer };
