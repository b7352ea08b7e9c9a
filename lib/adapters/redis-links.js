'use strict';

// The two well-kept clients of Redis, as one: a connection that publishes and one
// that subscribes, both of our own, made like the client that was handed in.

// node-redis takes each channel of a cluster by itself, as they lie on different
// shards, and so does ioredis.
function each(channels, fn) {
  return Promise.all(channels.map((channel) => fn(channel)));
}

/** Over node-redis, package `redis`, a client or a cluster. */
class NodeRedisLink {
  #isSharded;
  #onBytes;
  #publisher;
  #subscriber;

  constructor(client, isSharded, { onMessage, onChange, onError }) {
    // What waits for a connection is dropped, not sent late.
    this.#publisher = client.duplicate({ disableOfflineQueue: true });
    this.#subscriber = client.duplicate();
    this.#isSharded = isSharded;
    this.#onBytes = (bytes, channel) => onMessage(String(channel), bytes);

    for (const connection of [this.#publisher, this.#subscriber]) {
      connection.on('error', (err) => {
        onChange();
        onError(err);
      });
      connection.on('ready', onChange);
      connection.connect().then(onChange, onError);
    }
  }

  static isClient(client) {
    return typeof client?.pSubscribe === 'function';
  }

  static isCluster(client) {
    return client.masters !== undefined;
  }

  get isReady() {
    return isOpen(this.#publisher) && isOpen(this.#subscriber);
  }

  set isSharded(isSharded) {
    this.#isSharded = isSharded;
  }

  publish(channel, bytes) {
    return this.#isSharded
      ? this.#publisher.sPublish(channel, bytes)
      : this.#publisher.publish(channel, bytes);
  }

  subscribe(channels) {
    const subscriber = this.#subscriber;

    return this.#isSharded
      ? each(channels, (one) => subscriber.sSubscribe(one, this.#onBytes, true))
      : subscriber.subscribe(channels, this.#onBytes, true);
  }

  unsubscribe(channels) {
    const subscriber = this.#subscriber;

    return this.#isSharded
      ? each(channels, (one) =>
          subscriber.sUnsubscribe(one, this.#onBytes, true)
        )
      : subscriber.unsubscribe(channels, this.#onBytes, true);
  }

  close() {
    for (const connection of [this.#publisher, this.#subscriber]) {
      if (!connection.isOpen) continue;
      if (connection.destroy) connection.destroy();
      else connection.disconnect().catch(() => {});
    }
  }
}

function isOpen(connection) {
  return connection.isReady ?? connection.isOpen;
}

/** Over ioredis, a client or a cluster. */
class IORedisLink {
  #isSharded;
  #publisher;
  #subscriber;

  constructor(client, isSharded, { onMessage, onChange, onError, onMove }) {
    // What waits for a connection is dropped, not sent late; what was sent when
    // the connection broke is not sent twice.
    const sending = {
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      lazyConnect: false
    };
    const hearing = {
      autoResubscribe: true,
      enableOfflineQueue: true,
      lazyConnect: false,
      shardedSubscribers: isSharded
    };

    this.#publisher = duplicate(client, sending);
    this.#subscriber = duplicate(client, hearing);
    this.#isSharded = isSharded;

    for (const connection of [this.#publisher, this.#subscriber]) {
      connection.on('error', onError);
      connection.on('ready', onChange);
      connection.on('close', onChange);
    }
    for (const event of ['+node', '-node']) {
      this.#subscriber.on(event, onMove);
    }
    for (const event of ['messageBuffer', 'smessageBuffer']) {
      this.#subscriber.on(event, (channel, bytes) =>
        onMessage(String(channel), bytes)
      );
    }
  }

  static isClient(client) {
    return (
      typeof client?.psubscribe === 'function' &&
      typeof client.status === 'string'
    );
  }

  static isCluster(client) {
    return client.isCluster === true;
  }

  get isReady() {
    return (
      this.#publisher.status === 'ready' && this.#subscriber.status === 'ready'
    );
  }

  set isSharded(isSharded) {
    this.#isSharded = isSharded;
  }

  publish(channel, bytes) {
    return this.#isSharded
      ? this.#publisher.spublish(channel, bytes)
      : this.#publisher.publish(channel, bytes);
  }

  subscribe(channels) {
    return this.#isSharded
      ? each(channels, (one) => this.#subscriber.ssubscribe(one))
      : this.#subscriber.subscribe(...channels);
  }

  unsubscribe(channels) {
    return this.#isSharded
      ? each(channels, (one) => this.#subscriber.sunsubscribe(one))
      : this.#subscriber.unsubscribe(...channels);
  }

  close() {
    this.#publisher.disconnect();
    this.#subscriber.disconnect();
  }
}

function duplicate(client, options) {
  return IORedisLink.isCluster(client)
    ? client.duplicate([], options)
    : client.duplicate(options);
}

/**
 * Finds out what kind of client it is.
 *
 * @param {Object} client A client of node-redis or ioredis
 * @return {Function} The class of its links: `new Link(client, isSharded,
 *     { onMessage(channel, bytes), onChange(), onError(err), onMove() })`
 * @throws {TypeError} If it is of neither kind
 */
function linkClassOf(client) {
  if (NodeRedisLink.isClient(client)) return NodeRedisLink;
  if (IORedisLink.isClient(client)) return IORedisLink;
  throw new TypeError(
    'The "client" argument must be a client of redis (4 or later) or ioredis'
  );
}

module.exports = { linkClassOf };
