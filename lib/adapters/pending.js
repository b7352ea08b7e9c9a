'use strict';

/**
 * What was handed on and is not confirmed yet: a bound on the memory that a slow
 * or absent partner costs. What would exceed it is dropped and counted.
 */
class Pending {
  #confirmed = 0;
  #count = 0;
  #generation = 0;
  #isFull = false;
  #limit;
  #onFull;
  #onStall;
  #stallTimeout;
  #timer = null;

  /** Bytes that are not confirmed yet. */
  bytes = 0;
  /** Messages that were dropped, or never confirmed. */
  dropped = 0;

  /**
   * @param {Object} options Options
   * @param {Number} options.limit Bytes on their way at most; a single message
   *     may be longer
   * @param {Number} options.stallTimeout ms
   * @param {Function} options.onFull Called when messages begin to be dropped
   * @param {Function} options.onStall Called when nothing was confirmed for the
   *     whole `stallTimeout`, though something was due
   */
  constructor({ limit, stallTimeout, onFull, onStall }) {
    this.#limit = limit;
    this.#stallTimeout = stallTimeout;
    this.#onFull = onFull;
    this.#onStall = onStall;
  }

  /**
   * Hands a message on, unless too much is on its way.
   *
   * @param {Number} length Its bytes
   * @param {Function} send Hands it on; returns a promise of the confirmation
   */
  push(length, send) {
    if (this.bytes > 0 && this.bytes + length > this.#limit) {
      this.#drop();
      return;
    }

    const generation = this.#generation;

    this.bytes += length;
    this.#count++;
    if (this.#timer === null) this.#watch();
    send().then(
      () => this.#settle(length, generation, 0),
      () => this.#settle(length, generation, 1)
    );
  }

  /** Counts all that is on its way as dropped: its way is gone. */
  reset() {
    this.#generation++;
    this.dropped += this.#count;
    this.#count = 0;
    this.bytes = 0;
    this.#isFull = false;
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  #drop() {
    this.dropped++;
    if (this.#isFull) return;
    this.#isFull = true;
    this.#onFull();
  }

  #settle(length, generation, dropped) {
    if (generation !== this.#generation) return;
    this.#confirmed++;
    this.#count--;
    this.bytes -= length;
    this.dropped += dropped;
    if (this.bytes <= this.#limit / 2) this.#isFull = false;
  }

  // Not stopped when all is confirmed: that would be a timer for each message.
  #watch() {
    const confirmed = this.#confirmed;

    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#count === 0) return;
      this.#watch();
      if (confirmed === this.#confirmed) this.#onStall();
    }, this.#stallTimeout).unref();
  }
}

module.exports = Pending;
