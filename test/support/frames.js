'use strict';

/*
 * Frames as bytes, built and read by the RFC and not by any library, so that
 * a test can also write what no library would send.
 */
const CONTINUATION = 0x0;
const TEXT = 0x1;
const BINARY = 0x2;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

const DEFAULT_MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/* The smallest form that can hold the length: 7, 16 or 64 bits. */
function smallestForm(length) {
  if (length < 126) return 7;
  return length < 65536 ? 16 : 64;
}

/* The second header byte and the extended length behind it. */
function encodeLength(length, form, maskBit) {
  if (form === 7) return Buffer.from([maskBit | Number(length)]);

  const bytes = Buffer.alloc(form === 16 ? 3 : 9);
  if (form === 16) {
    bytes[0] = maskBit | 126;
    bytes.writeUInt16BE(Number(length), 1);
  } else {
    bytes[0] = maskBit | 127;
    bytes.writeBigUInt64BE(BigInt(length), 1);
  }
  return bytes;
}

function applyMask(payload, mask) {
  const masked = Buffer.from(payload);
  for (let i = 0; i < masked.length; i++) masked[i] ^= mask[i & 3];
  return masked;
}

/*
 * One frame. Options: fin (true), rsv (0-7), mask (4 bytes; false for none),
 * form (7, 16 or 64 bits of length), length (what the header claims, whatever
 * the payload's size; may be a BigInt).
 */
function frame(opcode, payload = '', options = {}) {
  const { fin = true, rsv = 0, mask = DEFAULT_MASK } = options;
  const body = Buffer.from(payload);
  const length = options.length ?? body.length;
  const form = options.form ?? smallestForm(length);

  return Buffer.concat([
    Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode]),
    encodeLength(length, form, mask ? 0x80 : 0),
    mask || Buffer.alloc(0),
    mask ? applyMask(body, mask) : body
  ]);
}

const text = (payload, options) => frame(TEXT, payload, options);
const binary = (payload, options) => frame(BINARY, payload, options);
const ping = (payload, options) => frame(PING, payload, options);
const pong = (payload, options) => frame(PONG, payload, options);
const continuation = (payload, options) =>
  frame(CONTINUATION, payload, options);

/* What a close frame carries: nothing, a code, or a code and a reason. */
function closePayload(code, reason = '') {
  if (code === undefined) return Buffer.alloc(0);

  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return Buffer.concat([head, Buffer.from(reason)]);
}

const close = (code, reason, options) =>
  frame(CLOSE, closePayload(code, reason), options);

/* Where the payload begins and ends; undefined if more header must come. */
function readLayout(bytes) {
  let length = bytes[1] & 0x7f;
  let start = 2;

  if (length === 126) {
    if (bytes.length < 4) return undefined;
    length = bytes.readUInt16BE(2);
    start = 4;
  } else if (length === 127) {
    if (bytes.length < 10) return undefined;
    length = Number(bytes.readBigUInt64BE(2));
    start = 10;
  }

  if (bytes[1] & 0x80) start += 4;
  return { start, end: start + length };
}

/*
 * The frame at the start of the (two or more) bytes, `size` being the bytes
 * it takes. If it is not complete, only the size that is at least needed. A
 * close frame has also code and reason.
 */
function readFrame(bytes) {
  const layout = readLayout(bytes);
  if (layout === undefined) {
    return { isComplete: false, size: bytes.length + 1 };
  }
  if (bytes.length < layout.end) return { isComplete: false, size: layout.end };

  const isMasked = (bytes[1] & 0x80) !== 0;
  const payload = bytes.subarray(layout.start, layout.end);
  const mask = bytes.subarray(layout.start - 4, layout.start);
  const result = {
    isComplete: true,
    size: layout.end,
    fin: (bytes[0] & 0x80) !== 0,
    rsv: (bytes[0] >> 4) & 7,
    opcode: bytes[0] & 0x0f,
    isMasked,
    payload: isMasked ? applyMask(payload, mask) : Buffer.from(payload)
  };

  if (result.opcode === CLOSE) {
    const hasCode = result.payload.length > 1;
    result.code = hasCode ? result.payload.readUInt16BE(0) : 1005;
    result.reason = result.payload.subarray(2).toString();
  }
  return result;
}

module.exports = {
  BINARY,
  CLOSE,
  CONTINUATION,
  PING,
  PONG,
  TEXT,
  binary,
  close,
  closePayload,
  continuation,
  frame,
  ping,
  pong,
  readFrame,
  text
};
