'use strict';

const BURST = 10;
const PER_SECOND = 2;

/**
 * How many messages one client may still send: a burst at once, then a
 * steady rate. Spending goes below zero, so that the caller sees how far
 * beyond its allowance a client went.
 */
class Allowance {
  #left = BURST;
  #since = Date.now();

  /** Counts one message and returns what is left, negative if overspent. */
  spend() {
    const now = Date.now();
    const earned = ((now - this.#since) / 1000) * PER_SECOND;

    this.#since = now;
    this.#left = Math.min(BURST, this.#left + earned) - 1;
    return this.#left;
  }
}

module.exports = { Allowance, BURST };
