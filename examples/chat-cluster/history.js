'use strict';

const KEY = 'chat:history';
const LENGTH = 50;

/** What was said last: in Redis, and what was said here while it is away. */
class History {
  #client;
  #local = [];

  constructor(client) {
    this.#client = client;
  }

  add(message) {
    this.#local.push(message);
    if (this.#local.length > LENGTH) this.#local.shift();
    if (!this.#client.isReady) return;
    this.#client
      .multi()
      .rPush(KEY, JSON.stringify(message))
      .lTrim(KEY, -LENGTH, -1)
      .exec()
      .catch(() => {});
  }

  async read() {
    if (!this.#client.isReady) return this.#local;
    try {
      const texts = await this.#client.lRange(KEY, 0, -1);
      return texts.map((text) => JSON.parse(text));
    } catch {
      return this.#local;
    }
  }
}

module.exports = History;
