'use strict';

const zlib = require('zlib');

const native = require('./native');
const { kStatusCode } = require('./constants');

// What `PerMessageDeflate` compresses and inflates by hand, on node's zlib; the
// messages of a WebSocket are none of these (src/core/deflate.h).

const DEFAULT_CONCURRENCY = 10;
const DEFAULT_WINDOW_BITS = 15;

// What a flush ends with, and the last fragment of a message lacks.
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

// The first extension of a process decides.
let concurrency = null;
let running = 0;
const waiting = [];

/**
 * Sets how many calls of zlib run at a time, once and for all. C counts those
 * for the messages of WebSockets by itself.
 *
 * @param {Number} [limit=10] How many; what is no such number sets no limit
 */
function limitConcurrency(limit = DEFAULT_CONCURRENCY) {
  if (concurrency !== null) return;

  concurrency = Number.isInteger(limit) && limit > 0 ? limit : Infinity;
  native.limitJobs(Math.min(concurrency, 2 ** 31 - 1));
}

/**
 * Runs a job when it may.
 *
 * @param {Function} job It is given a function to call at its end
 */
function runLimited(job) {
  if (running >= concurrency) {
    waiting.push(job);
    return;
  }

  running++;
  job(() => {
    running--;
    if (waiting.length > 0) runLimited(waiting.shift());
  });
}

/**
 * Inflates a fragment of a message.
 *
 * @param {PerMessageDeflate} extension The extension, in whose `_inflate` the
 *     context is kept
 * @param {Buffer} data The fragment
 * @param {Boolean} fin Whether it is the last one
 * @param {Function} callback Gets an error, or what it inflates to
 */
function inflate(extension, data, fin, callback) {
  runLimited((done) => {
    runInflate(extension, data, fin, (err, result) => {
      done();
      callback(err, result);
    });
  });
}

/**
 * Compresses a fragment of a message.
 *
 * @param {PerMessageDeflate} extension The extension, in whose `_deflate` the
 *     context is kept
 * @param {(Buffer|String)} data The fragment
 * @param {Boolean} fin Whether it is the last one
 * @param {Function} callback Gets an error, or the compressed fragment
 */
function deflate(extension, data, fin, callback) {
  runLimited((done) => {
    runDeflate(extension, data, fin, (err, result) => {
      done();
      callback(err, result);
    });
  });
}

/**
 * Frees the contexts of an extension. A `deflate()` under way ends with an
 * error.
 *
 * @param {PerMessageDeflate} extension The extension
 */
function close(extension) {
  const { _deflate: deflater, _inflate: inflater } = extension;

  extension._deflate = extension._inflate = null;
  if (inflater) inflater.close();
  if (deflater) {
    deflater.close();
    deflater.emit(
      'cleanup',
      new Error('The deflate stream was closed while data was being processed')
    );
  }
}

module.exports = { close, deflate, inflate, limitConcurrency };

function runInflate(extension, data, fin, callback) {
  const side = extension._isServer ? 'client' : 'server';

  extension._inflate ??= zlib.createInflateRaw({
    ...extension._options.zlibInflateOptions,
    windowBits: windowBitsOf(extension, side)
  });

  const stream = extension._inflate;
  const limit = extension._maxPayload > 0 ? extension._maxPayload : Infinity;
  const chunks = [];
  let length = 0;

  const end = (err) => {
    stream.removeListener('data', onData);
    // A stream that ended itself (BFINAL) is of no more use, nor is a broken one.
    if (err || stream.readableEnded) {
      extension._inflate = null;
      stream.on('error', () => {});
      stream.destroy();
    } else if (fin && !isTakenOver(extension, side)) {
      stream.reset();
    }
    stream.removeListener('error', onError);

    if (err) callback(err);
    else callback(null, Buffer.concat(chunks, length));
  };
  const onError = (err) => {
    err[kStatusCode] = 1007;
    end(err);
  };
  const onData = (chunk) => {
    length += chunk.length;
    chunks.push(chunk);
    if (length > limit) end(tooLongError());
  };

  stream.on('data', onData);
  stream.on('error', onError);
  stream.write(data);
  if (fin) stream.write(TAIL);
  stream.flush(() => {
    if (extension._inflate === stream) end(null);
  });
}

function runDeflate(extension, data, fin, callback) {
  const side = extension._isServer ? 'server' : 'client';

  extension._deflate ??= zlib.createDeflateRaw({
    ...extension._options.zlibDeflateOptions,
    windowBits: windowBitsOf(extension, side)
  });

  const stream = extension._deflate;
  const chunks = [];

  const onData = (chunk) => chunks.push(chunk);
  const end = (err) => {
    stream.removeListener('data', onData);
    stream.removeListener('cleanup', end);
    if (err) {
      callback(err);
      return;
    }

    const result = Buffer.concat(chunks);

    if (fin && !isTakenOver(extension, side)) stream.reset();
    callback(null, fin ? result.subarray(0, -TAIL.length) : result);
  };

  stream.on('data', onData);
  stream.on('cleanup', end);
  stream.write(data);
  stream.flush(zlib.constants.Z_SYNC_FLUSH, () => {
    if (extension._deflate === stream) end(null);
  });
}

function windowBitsOf(extension, side) {
  const bits = extension.params[`${side}_max_window_bits`];

  return typeof bits === 'number' ? bits : DEFAULT_WINDOW_BITS;
}

function isTakenOver(extension, side) {
  return !extension.params[`${side}_no_context_takeover`];
}

function tooLongError() {
  const err = new RangeError('Max payload size exceeded');

  err.code = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
  err[kStatusCode] = 1009;
  return err;
}
