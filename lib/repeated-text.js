'use strict';

const { sendBuffer, sendString } = require('./native');

// Shorter text is encoded sooner than compared and looked up; longer text is not
// to be held on to.
const MIN_LENGTH = 128;
const MAX_LENGTH = 65536;

// The text that was sent last, and its bytes, once it was sent twice.
let last = '';
let bytes = null;

/**
 * Sends text, but encodes it only once if it goes to many in a row: C then copies
 * it once for them all, too.
 *
 * @param {Number} slot The connection's slot
 * @param {String} text The text
 * @param {Number} flags Its flags
 * @return {(Boolean|undefined)} As `native.sendBuffer()`
 */
module.exports = function sendText(slot, text, flags) {
  if (text.length < MIN_LENGTH || text.length > MAX_LENGTH) {
    return sendString(slot, text, flags);
  }
  if (text !== last) {
    last = text;
    bytes = null;
    return sendString(slot, text, flags);
  }
  bytes ??= Buffer.from(text);
  return sendBuffer(slot, bytes, flags);
};
