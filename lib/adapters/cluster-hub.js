'use strict';

const cluster = require('cluster');

const {
  byteLength,
  fromMessage,
  sendTo,
  tell,
  toMessage
} = require('./cluster-messages');
const Pending = require('./pending');

/**
 * Passes messages on, in the primary of a cluster: from the adapter of one worker
 * to those of others that have the same name and, for a topic, subscribers.
 */
class ClusterHub {
  // The adapters of each worker, by their ids.
  #adapters = new Map();
  #limits;
  // What is on its way to each worker.
  #pending = new Map();
  #relayed = 0;
  #dropped = 0;

  /**
   * @param {Object} limits `maxPendingBytes` for each worker, `stallTimeout`
   */
  constructor(limits) {
    this.#limits = limits;
    cluster.on('message', (worker, message) => {
      if (message?.uvws !== undefined) this.#receive(worker, message.uvws);
    });
    cluster.on('disconnect', (worker) => this.#forget(worker));
    cluster.on('exit', (worker) => this.#forget(worker));
  }

  /**
   * @return {Object} Running totals: `relayed`, `dropped`; and what is so now:
   *     `pendingBytes`, `subscriptions`, `workers`
   */
  stats() {
    const stats = {
      relayed: this.#relayed,
      dropped: this.#dropped,
      pendingBytes: 0,
      subscriptions: 0,
      workers: this.#adapters.size
    };

    for (const adapters of this.#adapters.values()) {
      for (const { topics } of adapters.values()) {
        stats.subscriptions += topics.size;
      }
    }

    for (const { bytes, dropped } of this.#pending.values()) {
      stats.dropped += dropped;
      stats.pendingBytes += bytes;
    }
    return stats;
  }

  #attach(worker, { name, id, topics }) {
    if (!this.#adapters.has(worker)) {
      this.#adapters.set(worker, new Map());
      this.#pending.set(
        worker,
        new Pending({ ...this.#limits, onFull() {}, onStall() {} })
      );
    }
    this.#adapters.get(worker).set(id, { name, topics: new Set(topics) });
    tell(worker, { type: 'attached', ids: [id] });
  }

  #forget(worker) {
    const pending = this.#pending.get(worker);

    this.#adapters.delete(worker);
    if (pending === undefined) return;
    pending.reset();
    this.#dropped += pending.dropped;
    this.#pending.delete(worker);
  }

  #receive(worker, body) {
    if (body.type === 'attach') {
      this.#attach(worker, body);
      return;
    }

    const adapter = this.#adapters.get(worker)?.get(body.id);

    if (adapter === undefined) return;
    if (body.type === 'publish') this.#relay(worker, body);
    else if (body.type === 'subscribe') adapter.topics.add(body.topic);
    else if (body.type === 'unsubscribe') adapter.topics.delete(body.topic);
    else if (body.type === 'detach') this.#adapters.get(worker).delete(body.id);
  }

  #relay(from, body) {
    const { name, id, topic, binary } = body;
    const content = toMessage(fromMessage(body));
    const length = byteLength(content);

    for (const [worker, adapters] of this.#adapters) {
      const ids = [];

      for (const [other, adapter] of adapters) {
        if (
          adapter.name === name &&
          (topic === null || adapter.topics.has(topic)) &&
          (worker !== from || other !== id)
        ) {
          ids.push(other);
        }
      }
      if (ids.length === 0) continue;
      this.#relayed++;
      this.#pending
        .get(worker)
        .push(length, () =>
          sendTo(worker, { type: 'publish', ids, topic, binary, ...content })
        );
    }
  }
}

module.exports = { ClusterHub };
