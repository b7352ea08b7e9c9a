'use strict';

const {
  types: { isUint8Array }
} = require('util');

const native = require('./native');
const inbox = require('./inbox');
const { isBlob } = require('./validation');
const { toBuffer } = require('./buffer-util');
const { BINARY_FLAGS, TEXT_FLAGS, sendPublished } = require('./outgoing');
const { FLAG_COMPRESSED } = require('./constants');

// What native.subscribe() and native.unsubscribe() return.
const UNCHANGED = 0;
const CHANGED_TOPICS = 2;

// The slot of nobody.
const NONE = -1;

/**
 * The topics of one server: who subscribes is known in C, where a message is
 * framed once for all who get it. An adapter, if there is one, is told which
 * topics have subscribers here, and passes on what is published.
 */
class Topics {
  #adapter;
  #hub;

  /**
   * @param {Object} hub What `native.newHub()` made for the server
   * @param {Object} [adapter] Connects servers of several processes; see
   *     lib/adapters
   * @param {EventEmitter} [server] Emits what the adapter tells
   */
  constructor(hub, adapter, server) {
    this.#hub = hub;
    this.#adapter = adapter ?? null;

    if (this.#adapter !== null) {
      adapter.attach({
        deliver: (topic, data, options) => this.#deliver(topic, data, options),
        topics: () => native.hubTopics(hub),
        onError: (err) => server.emit('adapterError', err),
        onReady: () => server.emit('adapterReady')
      });
    }
  }

  /**
   * @param {WebSocket} websocket One of the server's clients
   * @param {String} topic The topic
   * @return {Boolean} `false` if the client is not open any more
   */
  subscribe(websocket, topic) {
    const change = native.subscribe(websocket._slot, checkTopic(topic));

    if (change === UNCHANGED) return false;
    websocket._hasTopics = true;
    if (change === CHANGED_TOPICS && this.#adapter !== null) {
      this.#adapter.subscribe(topic);
    }
    return true;
  }

  /**
   * @return {Boolean} `false` if the client did not subscribe
   */
  unsubscribe(websocket, topic) {
    const change = native.unsubscribe(websocket._slot, checkTopic(topic));

    if (change === CHANGED_TOPICS && this.#adapter !== null) {
      this.#adapter.unsubscribe(topic);
    }
    return change !== UNCHANGED;
  }

  /**
   * Sends nothing to a client any more, as its connection ends.
   *
   * @param {WebSocket} websocket The client; it has its slot still
   */
  leave(websocket) {
    if (websocket._hasTopics && this.#adapter !== null) {
      for (const topic of native.subscriptions(websocket._slot)) {
        this.unsubscribe(websocket, topic);
      }
    }
    native.leaveHub(websocket._slot);
  }

  /**
   * @param {String} topic The topic
   * @return {Number} Its subscribers on this server
   */
  count(topic) {
    return native.countSubscribers(this.#hub, checkTopic(topic));
  }

  /**
   * Sends a message to all subscribers of a topic.
   *
   * @param {?String} topic The topic, `null` for all clients of the server
   * @param {*} data As for `send()`, but no Blob
   * @param {Object} [options] `binary` and `compress`, as for `send()`
   * @param {WebSocket} [except] A client that does not get it
   * @return {Number} How many clients of this server it was sent to
   * @throws {TypeError} If the data can't be sent
   */
  publish(topic, data, options, except) {
    const payload = toPayload(data);
    const { binary = typeof payload !== 'string', compress = true } =
      checkOptions(options);

    const slot = except === undefined ? NONE : except._slot;
    const count = this.#send(topic, payload, { binary, compress }, slot);

    if (this.#adapter !== null) {
      this.#adapter.publish(topic, payload, { binary: !!binary });
    }
    return count;
  }

  /**
   * Ends the work of the adapter.
   */
  close() {
    if (this.#adapter !== null) this.#adapter.close();
  }

  #deliver(topic, data, { binary }) {
    this.#send(topic, toPayload(data), { binary, compress: true }, NONE);
  }

  #send(topic, payload, { binary, compress }, except) {
    let flags = binary ? BINARY_FLAGS : TEXT_FLAGS;

    if (!compress) flags &= ~FLAG_COMPRESSED;

    const result = native.publish(
      this.#hub,
      except,
      topic === null ? undefined : topic,
      payload,
      flags
    );

    if (typeof result === 'number') return result;

    const [count, ...slots] = result;
    let bytes;
    // Whoever publishes bytes may change them then.
    const copy = () => (bytes ??= Buffer.from(payload));
    const sent = slots.filter((slot) => {
      const websocket = inbox.websocketOf(slot);

      return (
        websocket !== undefined &&
        sendPublished(websocket, payload, copy, flags)
      );
    });

    return count + sent.length;
  }
}

function checkTopic(topic) {
  if (typeof topic !== 'string') {
    throw new TypeError('The "topic" argument must be a string');
  }
  return topic;
}

function checkOptions(options = {}) {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('The "options" argument must be an object');
  }
  return options;
}

function toPayload(data) {
  if (typeof data === 'string' || isUint8Array(data)) return data;
  if (typeof data === 'number') return data.toString();
  if (isBlob(data)) {
    throw new TypeError('A Blob cannot be published: await its arrayBuffer()');
  }
  return toBuffer(data);
}

module.exports = { Topics, checkTopic };
