'use strict';

// What travels between nodes: one byte of version and flags, the id of the node
// that published, and the payload.

const { randomBytes } = require('crypto');

const VERSION = 0x10;
const VERSION_MASK = 0xf0;
const FLAG_BINARY = 0x01;

const ID_LENGTH = 8;
const HEADER_LENGTH = 1 + ID_LENGTH;

/**
 * @return {Buffer} The id of a node, random
 */
function createId() {
  return randomBytes(ID_LENGTH);
}

/**
 * @param {Buffer} id The node that publishes
 * @param {(String|ArrayBuffer|ArrayBufferView)} data The payload
 * @param {Boolean} isBinary Whether it is a binary message
 * @return {Buffer} The envelope; it shares no memory with the payload
 */
function encode(id, data, isBinary) {
  const payload = typeof data === 'string' ? data : toBuffer(data);
  const length =
    typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
  const envelope = Buffer.allocUnsafe(HEADER_LENGTH + length);

  envelope[0] = VERSION | (isBinary ? FLAG_BINARY : 0);
  id.copy(envelope, 1);
  if (typeof payload === 'string') envelope.write(payload, HEADER_LENGTH);
  else payload.copy(envelope, HEADER_LENGTH);
  return envelope;
}

/**
 * @param {Buffer} envelope What was received
 * @return {?{ id: Buffer, data: Buffer, isBinary: Boolean }} Views of it, `null`
 *     if it is of another version, or none
 */
function decode(envelope) {
  if (
    envelope.length < HEADER_LENGTH ||
    (envelope[0] & VERSION_MASK) !== VERSION
  ) {
    return null;
  }

  return {
    id: envelope.subarray(1, HEADER_LENGTH),
    data: envelope.subarray(HEADER_LENGTH),
    isBinary: (envelope[0] & FLAG_BINARY) !== 0
  };
}

/**
 * @param {(ArrayBuffer|ArrayBufferView)} data Bytes
 * @return {Buffer} A view of them
 */
function toBuffer(data) {
  if (Buffer.isBuffer(data)) return data;
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}

module.exports = { HEADER_LENGTH, createId, decode, encode, toBuffer };
