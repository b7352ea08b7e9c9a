'use strict';

const SERVICE_UNAVAILABLE = 503;
const TOO_MANY_REQUESTS = 429;

/**
 * The places that `maxConnections` and `maxConnectionsPerAddress` leave. A
 * handshake takes one before the application is asked about it and gives it
 * back when it is refused, or when its connection is gone.
 */
class ConnectionLimits {
  #options;
  #count = 0;
  #countByAddress = new Map();

  /**
   * @param {Object} options Options of the server; read at each handshake
   * @return {?ConnectionLimits} `null` if there is no limit
   */
  static of(options) {
    return options.maxConnections || options.maxConnectionsPerAddress
      ? new ConnectionLimits(options)
      : null;
  }

  constructor(options) {
    this.#options = options;
  }

  /**
   * Takes a place, if there is one.
   *
   * @param {Function} getAddress Tells where the client connects from;
   *     `undefined` and '' are counted in no address
   * @return {(Function|Number)} Gives the place back, when called first; or the
   *     HTTP status of a refusal
   */
  take(getAddress) {
    const { maxConnections, maxConnectionsPerAddress } = this.#options;
    const address = maxConnectionsPerAddress ? getAddress() : undefined;

    if (maxConnections && this.#count >= maxConnections) {
      return SERVICE_UNAVAILABLE;
    }
    if (address && this.#countOf(address) >= maxConnectionsPerAddress) {
      return TOO_MANY_REQUESTS;
    }
    return this.#enter(address);
  }

  #countOf(address) {
    return this.#countByAddress.get(address) ?? 0;
  }

  #enter(address) {
    let isTaken = true;

    this.#change(address, 1);
    return () => {
      if (isTaken) this.#change(address, -1);
      isTaken = false;
    };
  }

  #change(address, change) {
    this.#count += change;
    if (!address) return;

    const count = this.#countOf(address) + change;

    if (count === 0) this.#countByAddress.delete(address);
    else this.#countByAddress.set(address, count);
  }
}

module.exports = ConnectionLimits;
