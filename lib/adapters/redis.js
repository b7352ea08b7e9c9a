'use strict';

const { linkClassOf } = require('./redis-links');
const { checkLimits } = require('./limits');
const envelope = require('./envelope');
const Pending = require('./pending');

// Names of channels: "uvws:b" for broadcasts, "uvws:t:" and the topic.
const BROADCAST = ':b';
const TOPIC = ':t:';

// How many channels go into one command.
const CHANNELS_PER_COMMAND = 1000;

// How long a cluster has to settle before we subscribe anew.
const SETTLE_MS = 1000;

/**
 * Connects servers on many machines through the publish and subscribe of Redis.
 * What it does not do: it stores nothing. A message that is published while Redis
 * is away reaches the clients of its own server only, and is counted as dropped.
 */
class RedisAdapter {
  #broadcastChannel;
  #client;
  #counts = { published: 0, received: 0, malformed: 0 };
  #dirty = new Set();
  #id = envelope.createId();
  #isClosed = false;
  #isRefused = false;
  #isReported = false;
  #isScheduled = false;
  #isSharded;
  #isUp = false;
  #link = null;
  #Link;
  #local = null;
  #pending;
  #settling = null;
  #subscribed = new Set();
  #topicPrefix;
  #topics = new Set();

  /** See redisAdapter(). */
  constructor(Link, client, options) {
    const { prefix, sharded = Link.isCluster(client) } = options;

    this.#Link = Link;
    this.#client = client;
    this.#isSharded = sharded;
    this.#broadcastChannel = prefix + BROADCAST;
    this.#topicPrefix = prefix + TOPIC;
    this.#pending = new Pending({
      limit: options.maxPendingBytes,
      stallTimeout: options.stallTimeout,
      onFull: () => this.#report('OVERFLOW', 'Too much is on its way to Redis'),
      onStall: () => this.#report('STALLED', 'Redis does not answer')
    });
  }

  attach(local) {
    if (this.#local !== null) {
      throw new Error('An adapter can be attached to one server only');
    }

    this.#local = local;
    for (const topic of local.topics()) this.#topics.add(topic);
    this.#link = new this.#Link(this.#client, this.#isSharded, {
      onMessage: (channel, bytes) => this.#receive(channel, bytes),
      onChange: () => this.#onChange(),
      onError: (err) => this.#onError(err),
      onMove: () => this.#syncLater()
    });
  }

  subscribe(topic) {
    this.#topics.add(topic);
    this.#mark(this.#topicPrefix + topic);
  }

  unsubscribe(topic) {
    this.#topics.delete(topic);
    this.#mark(this.#topicPrefix + topic);
  }

  publish(topic, data, { binary }) {
    if (this.#isClosed) return;
    if (!this.#link.isReady) {
      this.#pending.dropped++;
      return;
    }

    const channel =
      topic === null ? this.#broadcastChannel : this.#topicPrefix + topic;
    const bytes = envelope.encode(this.#id, data, binary);

    this.#counts.published++;
    this.#pending.push(bytes.length, () => this.#link.publish(channel, bytes));
  }

  close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isUp = false;
    this.#pending.reset();
    clearTimeout(this.#settling);
    this.#link?.close();
  }

  stats() {
    return {
      isReady: this.#isUp,
      ...this.#counts,
      dropped: this.#pending.dropped,
      pendingBytes: this.#pending.bytes,
      topics: this.#topics.size
    };
  }

  #receive(channel, bytes) {
    const message = envelope.decode(bytes);

    if (this.#isClosed) return;
    if (message === null) {
      this.#counts.malformed++;
    } else if (!message.id.equals(this.#id)) {
      this.#counts.received++;
      this.#local.deliver(
        channel === this.#broadcastChannel ? null : this.#topicOf(channel),
        message.data,
        { binary: message.isBinary }
      );
    }
  }

  // A connection came or went.
  #onChange() {
    const isUp = !this.#isClosed && this.#link?.isReady === true;

    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    if (isUp) {
      this.#isReported = false;
      this.#syncAll();
      this.#local.onReady?.();
    } else if (!this.#isClosed) {
      this.#pending.reset();
      this.#reportOutage();
    }
  }

  // Clients of Redis tell it anew at each attempt to connect; we do once.
  #onError(err) {
    if (!this.#isClosed && !this.#isUp) this.#reportOutage(err);
  }

  #reportOutage(cause) {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#report('DISCONNECTED', 'Redis cannot be reached', cause);
  }

  #report(code, message, cause) {
    const err = new Error(message, { cause });

    err.code = `UVWS_ERR_ADAPTER_${code}`;
    this.#local.onError(err);
  }

  #isWanted(channel) {
    return (
      channel === this.#broadcastChannel ||
      this.#topics.has(this.#topicOf(channel))
    );
  }

  #topicOf(channel) {
    return channel.slice(this.#topicPrefix.length);
  }

  // Many topics come and go in one turn: they are told to Redis together.
  #mark(channel) {
    if (!this.#isUp) return;
    this.#dirty.add(channel);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#sync());
  }

  // Clients subscribe anew by themselves to what they had subscribed to. What was
  // on its way when the connection broke they may not know.
  #syncAll() {
    const known = this.#subscribed;

    this.#subscribed = new Set();
    for (const channel of known) {
      if (!this.#isWanted(channel)) this.#subscribed.add(channel);
      this.#mark(channel);
    }
    this.#mark(this.#broadcastChannel);
    for (const topic of this.#topics) this.#mark(this.#topicPrefix + topic);
  }

  #sync() {
    const added = [];
    const removed = [];

    this.#isScheduled = false;
    if (!this.#isUp) return;
    for (const channel of this.#dirty) {
      if (this.#isWanted(channel)) {
        if (!this.#subscribed.has(channel)) added.push(channel);
      } else if (this.#subscribed.delete(channel)) {
        removed.push(channel);
      }
    }
    this.#dirty.clear();
    for (const channels of inParts(added)) this.#add(channels);
    for (const channels of inParts(removed)) this.#remove(channels);
  }

  async #add(channels) {
    for (const channel of channels) this.#subscribed.add(channel);
    try {
      await this.#link.subscribe(channels);
      this.#isRefused = false;
    } catch (err) {
      if (this.#isUp) this.#onRefusal(err);
    }
  }

  async #remove(channels) {
    try {
      await this.#link.unsubscribe(channels);
    } catch {
      // Tried again when the connection is back.
      for (const channel of channels) this.#subscribed.add(channel);
    }
  }

  // Sharded channels are there from Redis 7 on.
  #onRefusal(err) {
    if (this.#isSharded && /unknown command/i.test(err.message)) {
      this.#isSharded = false;
      this.#link.isSharded = false;
      this.#subscribed.clear();
      this.#syncAll();
    } else {
      this.#syncLater();
      if (this.#isRefused) return;
      this.#isRefused = true;
      this.#report('REFUSED', 'Redis refused a subscription', err);
    }
  }

  // Where a cluster changes, subscriptions on their way may be lost unseen.
  #syncLater() {
    if (this.#settling !== null || this.#isClosed) return;
    this.#settling = setTimeout(() => {
      this.#settling = null;
      if (this.#isUp) this.#syncAll();
    }, SETTLE_MS).unref();
  }
}

function inParts(channels) {
  const parts = [];

  for (let i = 0; i < channels.length; i += CHANNELS_PER_COMMAND) {
    parts.push(channels.slice(i, i + CHANNELS_PER_COMMAND));
  }
  return parts;
}

/**
 * Makes an adapter over Redis for one server:
 * `new WebSocketServer({ port, adapter: redisAdapter(client) })`. It makes two
 * connections of its own, like the client's; the client itself is not used.
 *
 * @param {Object} client A client or cluster of `redis` 4 or later, or `ioredis`
 *     5 or later; it need not be connected
 * @param {Object} [options] Options
 * @param {String} [options.prefix=uvws] The names of all channels begin with it:
 *     the same on all nodes, another one for another application
 * @param {Boolean} [options.sharded] Whether to use the sharded publish and
 *     subscribe of Redis 7. By default with a cluster that has it
 * @param {Number} [options.maxPendingBytes=16777216] Bytes on their way to Redis
 *     at most; what would exceed them is dropped
 * @param {Number} [options.stallTimeout=5000] ms after which a Redis that does
 *     not answer is reported
 * @return {RedisAdapter} The adapter
 * @throws {TypeError} If an argument is of the wrong kind
 * @throws {RangeError} If a number is out of range
 */
function redisAdapter(client, options) {
  return new RedisAdapter(linkClassOf(client), client, checkOptions(options));
}

function checkOptions(options = {}) {
  const { prefix = 'uvws', sharded } = options;

  if (typeof prefix !== 'string') {
    throw new TypeError('The "prefix" option must be a string');
  }
  if (sharded !== undefined && typeof sharded !== 'boolean') {
    throw new TypeError('The "sharded" option must be a boolean');
  }
  return { prefix, sharded, ...checkLimits(options) };
}

module.exports = { RedisAdapter, redisAdapter };
