'use strict';

/**
 * Connects servers of one process, as one that listens on two ports, with TLS and
 * without. Delivers at once.
 */
class MemoryAdapter {
  #counts = { published: 0, received: 0 };
  #local = null;
  #members;

  /** See memoryAdapters(). */
  constructor(members) {
    this.#members = members;
  }

  attach(local) {
    if (this.#local !== null) {
      throw new Error('An adapter can be attached to one server only');
    }

    this.#local = local;
    this.#members.add(this);
    process.nextTick(() => local.onReady?.());
  }

  // A server without subscribers is quick to find that out by itself.
  subscribe() {}

  unsubscribe() {}

  publish(topic, data, options) {
    this.#counts.published++;
    for (const member of this.#members) {
      if (member !== this) member.#receive(topic, data, options);
    }
  }

  close() {
    this.#members.delete(this);
  }

  stats() {
    return {
      isReady: this.#members.has(this),
      ...this.#counts,
      dropped: 0,
      pendingBytes: 0
    };
  }

  #receive(topic, data, options) {
    this.#counts.received++;
    this.#local.deliver(topic, data, options);
  }
}

/**
 * Makes adapters that connect the servers of one process:
 * `const adapter = memoryAdapters()`, then `adapter()` for each server.
 *
 * @return {Function} Makes an adapter; all that it makes are connected
 */
function memoryAdapters() {
  const members = new Set();

  return () => new MemoryAdapter(members);
}

module.exports = { memoryAdapters };
