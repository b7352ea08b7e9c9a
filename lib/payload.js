'use strict';

const { isValidStatusCode } = require('./validation');
const { EMPTY_BUFFER } = require('./constants');

const CLOSE_REASON_MAX = 123;
const CONTROL_PAYLOAD_MAX = 125;

/**
 * Checks the arguments of `close()`.
 *
 * @param {Number} [code] The close code
 * @param {(String|Uint8Array)} [data] The reason
 * @return {Uint8Array} The bytes of the reason
 * @throws {TypeError} If the code may not be sent, or the reason is no text
 * @throws {RangeError} If the reason is too long
 */
function closeReason(code, data) {
  if (code === undefined) return EMPTY_BUFFER;
  if (typeof code !== 'number' || !isValidStatusCode(code)) {
    throw new TypeError('First argument must be a valid error code number');
  }
  if (data === undefined || !data.length) return EMPTY_BUFFER;
  if (Buffer.byteLength(data) > CLOSE_REASON_MAX) {
    throw new RangeError('The message must not be greater than 123 bytes');
  }
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError('Second argument must be a string or a Uint8Array');
}

/**
 * Makes the payload of a close frame (RFC 6455 5.5.1). Throws as
 * `closeReason()`.
 *
 * @return {Buffer} The payload
 */
function closePayload(code, data) {
  const reason = closeReason(code, data);

  if (code === undefined) return reason;

  const payload = Buffer.allocUnsafe(2 + reason.length);

  payload.writeUInt16BE(code);
  payload.set(reason, 2);
  return payload;
}

/**
 * @param {Number} length Bytes of a control frame's payload
 * @throws {RangeError} If there are too many (RFC 6455 5.5)
 */
function checkControlLength(length) {
  if (length > CONTROL_PAYLOAD_MAX) {
    throw new RangeError('The data size must not be greater than 125 bytes');
  }
}

module.exports = { checkControlLength, closePayload, closeReason };
