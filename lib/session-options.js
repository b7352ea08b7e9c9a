'use strict';

const native = require('./native');
const PerMessageDeflate = require('./permessage-deflate');

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
    options.maxPayload | 0,
    options.maxFragments | 0,
    !!options.skipUTF8Validation,
    Number(websocket._closeTimeout),
    describeCompression(websocket._extensions)
  ];
}

/**
 * Describes to C what was agreed on (src/binding/compression_set.h).
 *
 * @param {Object} [extensions] The extensions, by their names
 * @return {(Int32Array|undefined)} The description; nothing without compression
 */
function describeCompression(extensions) {
  const agreed = extensions?.[PerMessageDeflate.extensionName];

  if (!agreed) return undefined;

  const { params, _isServer: isServer, _options: options } = agreed;
  const [ours, theirs] = isServer ? ['server', 'client'] : ['client', 'server'];
  const { level, memLevel, strategy } = options.zlibDeflateOptions ?? {};

  return Int32Array.of(
    windowBits(params[`${ours}_max_window_bits`]),
    windowBits(params[`${theirs}_max_window_bits`]),
    params[`${ours}_no_context_takeover`] ? 0 : 1,
    params[`${theirs}_no_context_takeover`] ? 0 : 1,
    threshold(agreed._threshold),
    within(level, -1, 9, -1),
    within(memLevel, 1, 9, 8),
    within(strategy, 0, 4, 0)
  );
}

function windowBits(value) {
  return typeof value === 'number' ? value : DEFAULT_WINDOW_BITS;
}

// As far as `length >= threshold` holds for a length.
function threshold(value) {
  if (value <= 0) return 0;
  return value < NEVER ? Math.ceil(value) : NEVER;
}

function within(value, min, max, fallback) {
  return Number.isInteger(value) && value >= min && value <= max
    ? value
    : fallback;
}

/**
 * Lets C watch a descriptor that is not its own, or feed on a stream.
 *
 * @param {Number} fd The descriptor, or -1 for a stream
 * @param {WebSocket} websocket The WebSocket
 * @param {Object} options What `setSocket()` was given
 * @return {Number} The connection's slot
 * @throws {Error} Without memory
 */
function adopt(fd, websocket, options) {
  const slot = native.adopt(fd, ...sessionArguments(websocket, options));

  if (slot === -1) throw new Error('Failed to watch the descriptor');
  return slot;
}

module.exports = { adopt, sessionArguments };
