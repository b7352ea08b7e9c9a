'use strict';

const { sendBuffer, sendString } = require('./native');

// Shorter text is encoded sooner than compared and looked up.
const MIN_LENGTH = 128;

// How long, in ms, text is held on to at most. A tick would do, but asking for one
// costs a short message a fifteenth.
const FORGET_AFTER = 100;

// The text that was sent last, and its bytes where they were needed.
let last = '';
let bytes = null;

// Made here, where it is in nobody's async context, and started over and over.
const timer = setTimeout(forget, FORGET_AFTER).unref();

function note(text) {
  if (last === '') timer.refresh();
  last = text;
  bytes = null;
}

function forget() {
  last = '';
  bytes = null;
}

/**
 * Encodes text, but only once if it is sent to many in a row.
 *
 * @param {String} text The text
 * @return {Buffer} Its bytes
 */
function encodeOnce(text) {
  if (text !== last) note(text);
  return (bytes ??= Buffer.from(text));
}

/**
 * Sends text; that which is sent to many in a row as bytes, which C copies once for
 * them all.
 *
 * @param {Number} slot The connection's slot
 * @param {String} text The text
 * @param {Number} flags Its flags
 * @return {(Boolean|undefined)} As `native.sendBuffer()`
 */
function sendText(slot, text, flags) {
  if (text.length < MIN_LENGTH) return sendString(slot, text, flags);
  if (text === last) return sendBuffer(slot, encodeOnce(text), flags);

  note(text);
  return sendString(slot, text, flags);
}

module.exports = { encodeOnce, sendText };
