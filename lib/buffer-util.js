'use strict';

const { isBlob } = require('./validation');

const FastBuffer = Buffer[Symbol.species];

/**
 * Views data as a Buffer, copying only what has no bytes of its own.
 *
 * @param {*} data A Buffer, ArrayBuffer, view, or whatever `Buffer.from()` takes
 * @return {Buffer} The bytes
 * @throws {TypeError} If there is no way to make bytes of it
 */
function toBuffer(data) {
  if (Buffer.isBuffer(data)) return data;
  if (data instanceof ArrayBuffer) return new FastBuffer(data);
  if (ArrayBuffer.isView(data)) {
    return new FastBuffer(data.buffer, data.byteOffset, data.byteLength);
  }
  return Buffer.from(data);
}

/**
 * @param {*} data What is to be sent, if anything
 * @return {Number} Its bytes
 * @throws {TypeError} As `toBuffer()`
 */
function byteLength(data) {
  if (!data) return 0;
  if (typeof data === 'string') return Buffer.byteLength(data);
  return isBlob(data) ? data.size : toBuffer(data).length;
}

/**
 * Makes an ArrayBuffer of just the bytes of a Buffer.
 *
 * @param {Buffer} buffer The Buffer
 * @return {ArrayBuffer} Its memory, or a copy where it has only a part of it
 */
function toArrayBuffer(buffer) {
  if (buffer.length === buffer.buffer.byteLength) return buffer.buffer;
  return buffer.buffer.slice(
    buffer.byteOffset,
    buffer.byteOffset + buffer.length
  );
}

/**
 * Makes of a binary message what `binaryType` asks for.
 *
 * @param {Buffer} data The message
 * @param {String} type The `binaryType`
 * @param {Number[]} [ends] Where its fragments end, but for the last one
 * @return {(ArrayBuffer|Blob|Buffer|Buffer[])} The message
 */
function convertBinary(data, type, ends = []) {
  switch (type) {
    case 'arraybuffer':
      return toArrayBuffer(data);
    case 'blob':
      return new Blob([data]);
    case 'fragments':
      return cut(data, [...ends, data.length]);
    default:
      return data;
  }
}

/**
 * Cuts a message into those of its fragments that are not empty.
 */
function cut(data, ends) {
  const fragments = [];
  let start = 0;

  for (const end of ends) {
    if (end > start) fragments.push(data.subarray(start, end));
    start = end;
  }
  return fragments;
}

module.exports = { byteLength, convertBinary, toArrayBuffer, toBuffer };
