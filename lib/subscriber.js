'use strict';

const native = require('./native');
const { checkTopic } = require('./topics');

/**
 * What a server's client can do with topics. Meant to be mixed into the
 * prototype of WebSocket.
 *
 * @mixin
 */
const subscriber = {
  /**
   * The topics that it subscribes to, in the order in which it did.
   *
   * @type {String[]}
   */
  get subscriptions() {
    return this._slot === -1 ? [] : native.subscriptions(this._slot);
  },

  // Applications of ws keep lists of their own under this name.
  set subscriptions(value) {
    Object.defineProperty(this, 'subscriptions', {
      configurable: true,
      enumerable: true,
      value,
      writable: true
    });
  },

  /**
   * Subscribes to a topic, until the connection ends.
   *
   * @param {String} topic The topic
   * @return {Boolean} `false` if the connection is not open
   * @throws {TypeError} If the topic is no string
   * @throws {Error} If the WebSocket is no server's
   */
  subscribe(topic) {
    const topics = topicsOf(this);

    checkTopic(topic);
    return this._readyState === this.OPEN && topics.subscribe(this, topic);
  },

  /**
   * Ends a subscription. Throws as `subscribe()`.
   *
   * @param {String} topic The topic
   * @return {Boolean} `false` if there was none
   */
  unsubscribe(topic) {
    const topics = topicsOf(this);

    checkTopic(topic);
    return this._slot !== -1 && topics.unsubscribe(this, topic);
  },

  /**
   * @param {String} topic The topic
   * @return {Boolean} Whether it subscribes to it
   * @throws {TypeError} If the topic is no string
   */
  isSubscribed(topic) {
    checkTopic(topic);
    return this._slot !== -1 && native.isSubscribed(this._slot, topic);
  },

  /**
   * Sends a message to all subscribers of a topic but itself. It need not
   * subscribe to it. Throws as `subscribe()`.
   *
   * @param {String} topic The topic
   * @param {*} data As for `send()`, but no Blob
   * @param {Object} [options] `binary` and `compress`, as for `send()`
   * @return {Number} How many clients of this server it was sent to
   */
  publish(topic, data, options) {
    const topics = topicsOf(this);

    return topics.publish(checkTopic(topic), data, options, this);
  }
};

function topicsOf(websocket) {
  if (websocket._wss === undefined) {
    const err = new Error('Only the clients of a server have topics');

    err.code = 'UVWS_ERR_NO_SERVER';
    throw err;
  }
  return websocket._wss._topics;
}

module.exports = subscriber;
