'use strict';

const {
  constants: { MAX_LENGTH }
} = require('buffer');

const native = require('./native');
const PerMessageDeflate = require('./permessage-deflate');
const zlibOptions = require('./zlib-options');

const DEFAULTS = zlibOptions.deflateOptions();
const DEFAULT_WINDOW_BITS = 15;
const NEVER = 2 ** 31 - 1;

/**
 * Makes the arguments that describe a session to C (src/binding/convert.h).
 *
 * @param {WebSocket} websocket The WebSocket
 * @param {Object} options What `setSocket()` was given
 * @return {Array} The arguments
 */
function sessionArguments(websocket, options) {
  return [
    websocket._isServer,
    payloadLimit(options.maxPayload),
    options.maxFragments | 0,
    !!options.skipUTF8Validation,
    Number(websocket._closeTimeout),
    describeCompression(websocket._extensions)
  ];
}

/**
 * What `maxPayload` means. Without a limit, a message must still fit in a
 * Buffer.
 *
 * @param {*} maxPayload The option
 * @return {Number} Bytes, more than 0
 */
function payloadLimit(maxPayload) {
  const limit = maxPayload | 0;

  return limit > 0 ? limit : MAX_LENGTH;
}

/**
 * Describes to C what was agreed on (src/binding/compression_set.h).
 *
 * @param {Object} [extensions] The extensions, by their names
 * @return {(Array|undefined)} The description; nothing without compression
 */
function describeCompression(extensions) {
  const agreed = extensions?.[PerMessageDeflate.extensionName];

  if (!agreed) return undefined;

  const { params, _isServer: isServer } = agreed;
  const [ours, theirs] = isServer ? ['server', 'client'] : ['client', 'server'];
  const { deflate, inflate } = zlibOptions.resolve(agreed._options);
  const own = deflate ?? DEFAULTS;
  const bits = windowBits(params[`${ours}_max_window_bits`]);

  return [
    Int32Array.of(
      bits,
      // Without any, C can't inflate.
      inflate ? windowBits(params[`${theirs}_max_window_bits`]) : 0,
      params[`${ours}_no_context_takeover`] ? 0 : 1,
      params[`${theirs}_no_context_takeover`] ? 0 : 1,
      threshold(agreed._threshold),
      own.level,
      own.memLevel,
      own.strategy,
      Math.min(own.history, 2 ** bits)
    ),
    own.dictionary,
    inflate?.dictionary
  ];
}

function windowBits(value) {
  return typeof value === 'number' ? value : DEFAULT_WINDOW_BITS;
}

// As far as `length >= threshold` holds for a length.
function threshold(value) {
  if (value <= 0) return 0;
  return value < NEVER ? Math.ceil(value) : NEVER;
}

/**
 * Lets C watch a descriptor that is not its own, or feed on a stream.
 *
 * @param {Number} fd The descriptor, or -1 for a stream
 * @param {WebSocket} websocket The WebSocket
 * @param {Object} options What `setSocket()` was given
 * @return {Number} The connection's slot, or -1 without memory
 */
function adopt(fd, websocket, options) {
  return native.adopt(fd, ...sessionArguments(websocket, options));
}

module.exports = { adopt, payloadLimit, sessionArguments };
