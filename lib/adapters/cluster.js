'use strict';

const cluster = require('cluster');

const { ClusterHub } = require('./cluster-hub');
const { checkLimits } = require('./limits');
const {
  byteLength,
  fromMessage,
  sendTo,
  tell,
  toMessage
} = require('./cluster-messages');
const Pending = require('./pending');

// The adapters of this worker, by their ids.
const adapters = new Map();

let hub = null;
let lastId = 0;

/**
 * Connects the servers of the workers of a node:cluster: what one publishes, the
 * primary passes on to the workers that have subscribers.
 */
class ClusterAdapter {
  #counts = { published: 0, received: 0 };
  #id = ++lastId;
  #isClosed = false;
  #isReady = false;
  #local = null;
  #name;
  #pending;
  #timer = null;
  #stallTimeout;
  #topicCount = 0;

  /** See clusterAdapter(). */
  constructor(name, { maxPendingBytes, stallTimeout }) {
    this.#name = name;
    this.#stallTimeout = stallTimeout;
    this.#pending = new Pending({
      limit: maxPendingBytes,
      stallTimeout,
      onFull: () =>
        this.#report('OVERFLOW', 'Too much is on its way to the primary'),
      onStall: () => this.#report('STALLED', 'The primary does not answer')
    });
  }

  attach(local) {
    if (this.#local !== null) {
      throw new Error('An adapter can be attached to one server only');
    }
    if (!cluster.isWorker) {
      throw new Error('A cluster adapter works in a worker of node:cluster');
    }

    const topics = [...local.topics()];

    this.#local = local;
    this.#topicCount = topics.length;
    if (adapters.size === 0) {
      process.on('message', onMessage);
      process.on('disconnect', onDisconnect);
    }
    adapters.set(this.#id, this);
    tell(process, this.#sign({ type: 'attach', topics }));
    this.#timer = setTimeout(() => {
      this.#report('DISCONNECTED', 'The primary did not call setupPrimary()');
    }, this.#stallTimeout).unref();
  }

  subscribe(topic) {
    this.#topicCount++;
    tell(process, this.#sign({ type: 'subscribe', topic }));
  }

  unsubscribe(topic) {
    this.#topicCount--;
    tell(process, this.#sign({ type: 'unsubscribe', topic }));
  }

  publish(topic, data, { binary }) {
    if (!process.connected || this.#isClosed) {
      this.#pending.dropped++;
      return;
    }

    const content = toMessage(data);

    this.#counts.published++;
    this.#pending.push(byteLength(content), () =>
      sendTo(
        process,
        this.#sign({ type: 'publish', topic, binary, ...content })
      )
    );
  }

  close() {
    if (this.#isClosed) return;
    if (this.#local !== null) tell(process, this.#sign({ type: 'detach' }));
    this.#isClosed = true;
    this.#isReady = false;
    clearTimeout(this.#timer);
    adapters.delete(this.#id);
    if (adapters.size === 0) {
      process.removeListener('message', onMessage);
      process.removeListener('disconnect', onDisconnect);
    }
  }

  stats() {
    return {
      isReady: this.#isReady,
      ...this.#counts,
      dropped: this.#pending.dropped,
      pendingBytes: this.#pending.bytes,
      topics: this.#topicCount
    };
  }

  /** What the primary says; for this module only. */
  receive(message) {
    if (message.type === 'attached') {
      clearTimeout(this.#timer);
      this.#isReady = true;
      this.#local.onReady?.();
    } else {
      this.#counts.received++;
      this.#local.deliver(message.topic, fromMessage(message), {
        binary: message.binary
      });
    }
  }

  /** The primary is gone; for this module only. */
  disconnect() {
    clearTimeout(this.#timer);
    this.#isReady = false;
    this.#pending.reset();
    this.#report('DISCONNECTED', 'The primary is gone');
  }

  // Says who speaks.
  #sign(message) {
    return { ...message, name: this.#name, id: this.#id };
  }

  #report(code, text) {
    const err = new Error(text);

    err.code = `UVWS_ERR_ADAPTER_${code}`;
    this.#local.onError(err);
  }
}

function onMessage(message) {
  if (message?.uvws === undefined) return;
  for (const id of message.uvws.ids) adapters.get(id)?.receive(message.uvws);
}

function onDisconnect() {
  for (const adapter of adapters.values()) adapter.disconnect();
}

/**
 * Makes an adapter for one server, in a worker of a cluster whose primary has
 * called `setupPrimary()`: `new WebSocketServer({ port, adapter:
 * clusterAdapter() })`.
 *
 * @param {Object} [options] Options
 * @param {String} [options.name=''] Connects only servers of the same name
 * @param {Number} [options.maxPendingBytes=16777216] Bytes on their way to the
 *     primary at most; what would exceed them is dropped
 * @param {Number} [options.stallTimeout=5000] ms after which a primary that does
 *     not answer is reported
 * @return {ClusterAdapter} The adapter
 * @throws {TypeError} If an option is of the wrong kind
 * @throws {RangeError} If a number is out of range
 */
function clusterAdapter(options = {}) {
  const { name = '' } = options;

  if (typeof name !== 'string') {
    throw new TypeError('The "name" option must be a string');
  }
  return new ClusterAdapter(name, checkLimits(options));
}

/**
 * Makes the primary pass messages on between its workers. To be called before the
 * first `cluster.fork()`: it chooses the 'advanced' serialization, in which bytes
 * travel as they are. Later calls change nothing.
 *
 * @param {Object} [options] Options
 * @param {Number} [options.maxPendingBytes=16777216] Bytes on their way to one
 *     worker at most; what would exceed them is dropped
 * @return {ClusterHub} Its `stats()` tell what it does
 * @throws {Error} In a worker
 * @throws {TypeError} If an option is of the wrong kind
 * @throws {RangeError} If a number is out of range
 */
function setupPrimary(options = {}) {
  const { maxPendingBytes, stallTimeout } = checkLimits(options);

  if (!cluster.isPrimary) {
    throw new Error('setupPrimary() is for the primary of a cluster');
  }
  if (hub === null) {
    cluster.setupPrimary({ serialization: 'advanced' });
    hub = new ClusterHub({ limit: maxPendingBytes, stallTimeout });
  }
  return hub;
}

module.exports = { clusterAdapter, setupPrimary };
