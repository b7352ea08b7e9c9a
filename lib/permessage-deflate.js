'use strict';

const fragments = require('./deflate-fragments');

const DEFAULT_THRESHOLD = 1024;

/**
 * The permessage-deflate extension (RFC 7692), as `ws` exports it: what is
 * offered and agreed on. The messages of a WebSocket are compressed in C;
 * `compress()` and `decompress()` are for those who do it by hand.
 */
class PerMessageDeflate {
  /**
   * @param {Object} [options] Options
   * @param {(Boolean|Number)} [options.clientMaxWindowBits] What the client's
   *     compressor may look back; a client offers it by default
   * @param {Boolean} [options.clientNoContextTakeover=false] Whether the client
   *     is to compress each message for itself; `false` as a client: it will not
   * @param {Number} [options.concurrencyLimit=10] How many calls of zlib
   *     `compress()` and `decompress()` run at a time, in all of the process
   * @param {Boolean} [options.isServer=false] Whether this is the server's side
   * @param {Number} [options.maxPayload=0] Bytes of a message, 0: no limit
   * @param {(Boolean|Number)} [options.serverMaxWindowBits] What the server's
   *     compressor may look back
   * @param {Boolean} [options.serverNoContextTakeover=false] Whether the server
   *     is to compress each message for itself; `false` as a server: it will not
   * @param {Number} [options.threshold=1024] Bytes below which a message is not
   *     compressed, unless the compressor takes its context over
   * @param {Object} [options.zlibDeflateOptions] Options of zlib for compressing
   * @param {Object} [options.zlibInflateOptions] Options of zlib for the reverse
   */
  constructor(options) {
    this._options = options || {};
    this._threshold =
      this._options.threshold !== undefined
        ? this._options.threshold
        : DEFAULT_THRESHOLD;
    this._maxPayload = this._options.maxPayload | 0;
    this._isServer = !!this._options.isServer;
    this._deflate = null;
    this._inflate = null;
    this.params = null;
    fragments.limitConcurrency(this._options.concurrencyLimit);
  }

  static get extensionName() {
    return 'permessage-deflate';
  }

  /**
   * @return {Object} The parameters that a client offers
   */
  offer() {
    const options = this._options;
    const clientBits = options.clientMaxWindowBits ?? true;
    const parameters = {};

    if (options.serverNoContextTakeover) {
      parameters.server_no_context_takeover = true;
    }
    if (options.clientNoContextTakeover) {
      parameters.client_no_context_takeover = true;
    }
    if (options.serverMaxWindowBits) {
      parameters.server_max_window_bits = options.serverMaxWindowBits;
    }
    if (clientBits) parameters.client_max_window_bits = clientBits;
    return parameters;
  }

  /**
   * Agrees to the first offer that will do, or to what the server answered.
   *
   * @param {Object[]} configurations The offers, or the answer, as
   *     `extension.parse()` returns them; they are changed
   * @return {Object} The parameters agreed on, `params` from now on
   * @throws {Error} If there is none, or a parameter is not legal
   */
  accept(configurations) {
    for (const parameters of configurations) {
      normalize(parameters, this._isServer);
    }

    this.params = this._isServer
      ? acceptOffer(configurations, this._options)
      : acceptAnswer(configurations[0], this._options);
    return this.params;
  }

  /**
   * Frees what `compress()` and `decompress()` hold. What is being compressed
   * ends with an error.
   */
  cleanup() {
    fragments.close(this);
  }

  /**
   * @param {Buffer} data A fragment as it was received
   * @param {Boolean} fin Whether it is the last one of its message
   * @param {Function} callback Gets an error, or what it inflates to
   */
  decompress(data, fin, callback) {
    fragments.inflate(this, data, fin, callback);
  }

  /**
   * @param {(Buffer|String)} data A fragment to send
   * @param {Boolean} fin Whether it is the last one of its message
   * @param {Function} callback Gets an error, or the compressed fragment
   */
  compress(data, fin, callback) {
    fragments.deflate(this, data, fin, callback);
  }
}

module.exports = PerMessageDeflate;

function isWindowBits(value) {
  return Number.isInteger(value) && value >= 8 && value <= 15;
}

/**
 * Checks the parameters of a configuration and makes them plain values.
 *
 * @throws {Error} If one is unknown, comes twice or has a wrong value
 */
function normalize(parameters, isServer) {
  for (const name of Object.keys(parameters)) {
    const values = parameters[name];

    if (values.length > 1) {
      throw new Error(`Parameter "${name}" must have only a single value`);
    }
    parameters[name] = normalizeValue(name, values[0], isServer);
  }
}

function normalizeValue(name, value, isServer) {
  switch (name) {
    case 'client_no_context_takeover':
    case 'server_no_context_takeover':
      if (value === true) return true;
      break;
    case 'client_max_window_bits':
      // Without a number it says in an offer that one will be understood.
      if (value === true && isServer) return true;
      if (value !== true && isWindowBits(+value)) return +value;
      break;
    case 'server_max_window_bits':
      if (isWindowBits(+value)) return +value;
      break;
    default:
      throw new Error(`Unknown parameter "${name}"`);
  }
  throw new TypeError(`Invalid value for parameter "${name}": ${value}`);
}

/**
 * The server's side of RFC 7692 7.1.
 */
function acceptOffer(offers, options) {
  const accepted = offers.find((offer) => isAcceptable(offer, options));
  const { clientMaxWindowBits, serverMaxWindowBits } = options;

  if (!accepted) {
    throw new Error('None of the extension offers can be accepted');
  }

  if (options.serverNoContextTakeover) {
    accepted.server_no_context_takeover = true;
  }
  if (options.clientNoContextTakeover) {
    accepted.client_no_context_takeover = true;
  }
  if (typeof serverMaxWindowBits === 'number') {
    accepted.server_max_window_bits = serverMaxWindowBits;
  }
  if (typeof clientMaxWindowBits === 'number') {
    accepted.client_max_window_bits = clientMaxWindowBits;
  } else if (
    clientMaxWindowBits === false ||
    accepted.client_max_window_bits === true
  ) {
    delete accepted.client_max_window_bits;
  }
  return accepted;
}

function isAcceptable(offer, options) {
  return (
    !(
      options.serverNoContextTakeover === false &&
      offer.server_no_context_takeover
    ) &&
    isServerWindowAcceptable(offer.server_max_window_bits, options) &&
    isClientWindowAcceptable(offer.client_max_window_bits, options)
  );
}

// The server may use a smaller window than it was asked for, not a larger one.
function isServerWindowAcceptable(offered, { serverMaxWindowBits }) {
  if (!offered) return true;
  return (
    serverMaxWindowBits !== false &&
    !(typeof serverMaxWindowBits === 'number' && serverMaxWindowBits > offered)
  );
}

// A client can only be told how much to use if it offered at least as much.
function isClientWindowAcceptable(offered, { clientMaxWindowBits }) {
  if (typeof clientMaxWindowBits !== 'number') return true;
  return typeof offered === 'number'
    ? clientMaxWindowBits <= offered
    : !!offered;
}

/**
 * The client's side.
 */
function acceptAnswer(answer, options) {
  const { clientMaxWindowBits } = options;
  const answered = answer.client_max_window_bits;

  if (
    options.clientNoContextTakeover === false &&
    answer.client_no_context_takeover
  ) {
    throw new Error('Unexpected parameter "client_no_context_takeover"');
  }

  if (!answered) {
    if (typeof clientMaxWindowBits === 'number') {
      answer.client_max_window_bits = clientMaxWindowBits;
    }
  } else if (
    clientMaxWindowBits === false ||
    (typeof clientMaxWindowBits === 'number' && answered > clientMaxWindowBits)
  ) {
    throw new Error('Unexpected or invalid parameter "client_max_window_bits"');
  }
  return answer;
}
