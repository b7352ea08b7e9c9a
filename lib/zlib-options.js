'use strict';

const zlib = require('zlib');

// `zlibDeflateOptions` and `zlibInflateOptions`: what of them reaches C. What
// zlib of node would refuse is refused in its words, by itself.

const { constants } = zlib;

const DEFAULT_LEVEL = 3;
const DEFAULT_MEM_LEVEL = 8;

// For who asks for nothing. The contexts of many connections, 256 KiB each, do
// not fit in a processor's cache, and waiting for memory is then most of the
// cost. So they have none: each message is compressed behind the last 4 KiB of its
// connection (src/core/compression.h; what is long by zlib, at this level). Less of
// the window than was agreed on may always be used.
const DEFAULTS = {
  dictionary: undefined,
  history: 4096,
  level: DEFAULT_LEVEL,
  memLevel: DEFAULT_MEM_LEVEL,
  strategy: constants.Z_DEFAULT_STRATEGY
};

const NO_DICTIONARY = { dictionary: undefined };

// What options came to.
const known = { deflate: new WeakMap(), inflate: new WeakMap() };

// What needs no second look: integers, and their ranges.
const plain = {
  chunkSize: [constants.Z_MIN_CHUNK, Infinity],
  finishFlush: [constants.Z_NO_FLUSH, constants.Z_BLOCK],
  flush: [constants.Z_NO_FLUSH, constants.Z_BLOCK],
  level: [constants.Z_MIN_LEVEL, constants.Z_MAX_LEVEL],
  maxOutputLength: [1, 2 ** 31],
  memLevel: [constants.Z_MIN_MEMLEVEL, constants.Z_MAX_MEMLEVEL],
  strategy: [constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED]
};

function isPlain(options) {
  return Object.entries(plain).every(([name, [min, max]]) => {
    const value = options[name];

    return (
      value === undefined ||
      (Number.isInteger(value) && value >= min && value <= max)
    );
  });
}

/**
 * Makes sure that zlib takes the options.
 *
 * @param {Function} create `zlib.createDeflateRaw`, or `zlib.createInflateRaw`
 * @param {Object} options The options; a window is agreed on, not given
 * @throws {(RangeError|TypeError)} If it does not
 */
function check(create, options) {
  if (options.dictionary === undefined && isPlain(options)) return;
  create({ ...options, windowBits: constants.Z_DEFAULT_WINDOWBITS }).close();
}

/**
 * @param {Object} [options] `zlibDeflateOptions`
 * @return {Object} `level`, `memLevel`, `strategy`, `dictionary`, and `history`:
 *     how many bytes to remember for contexts that are shared, 0 for one of each
 *     connection's own
 * @throws {(RangeError|TypeError)} If zlib does not take them
 */
function deflateOptions(options) {
  if (options === undefined || options === null) return DEFAULTS;
  check(zlib.createDeflateRaw, options);

  return {
    dictionary: toBytes(options.dictionary),
    history: 0,
    level: integer(options.level, DEFAULT_LEVEL),
    memLevel: integer(options.memLevel, DEFAULT_MEM_LEVEL),
    strategy: integer(options.strategy, constants.Z_DEFAULT_STRATEGY)
  };
}

/**
 * @param {Object} [options] `zlibInflateOptions`
 * @return {Object} `dictionary`
 * @throws {(RangeError|TypeError)} If zlib does not take them
 */
function inflateOptions(options) {
  if (options === undefined || options === null) return NO_DICTIONARY;
  check(zlib.createInflateRaw, options);
  return { dictionary: toBytes(options.dictionary) };
}

/**
 * Both, of what they are for zlib. What a server or a client was given is looked
 * at once, for its first connection that compresses.
 *
 * @param {Object} options `zlibDeflateOptions` and `zlibInflateOptions`
 * @return {Object} `deflate` and `inflate`; `null` is what zlib does not take
 */
function resolve({ zlibDeflateOptions, zlibInflateOptions }) {
  return {
    deflate: resolveOnce(known.deflate, deflateOptions, zlibDeflateOptions),
    inflate: resolveOnce(known.inflate, inflateOptions, zlibInflateOptions)
  };
}

function resolveOnce(results, fn, options) {
  if (typeof options !== 'object' || options === null) {
    return orNull(fn, options);
  }
  if (!results.has(options)) results.set(options, orNull(fn, options));
  return results.get(options);
}

function orNull(fn, options) {
  try {
    return fn(options);
  } catch {
    return null;
  }
}

// NaN counts as no number at all, and fractions are cut off.
function integer(value, fallback) {
  return value === undefined || Number.isNaN(value)
    ? fallback
    : Math.trunc(value);
}

function toBytes(dictionary) {
  if (dictionary === undefined) return undefined;
  if (!ArrayBuffer.isView(dictionary)) return new Uint8Array(dictionary);

  const { buffer, byteLength, byteOffset } = dictionary;

  return new Uint8Array(buffer, byteOffset, byteLength);
}

module.exports = { deflateOptions, inflateOptions, resolve };
