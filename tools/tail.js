'use strict';

/** The last lines of a text that comes in pieces. */
class Tail {
  #lines = [''];
  #limit;

  constructor(limit) {
    this.#limit = limit;
  }

  write(text) {
    const [rest, ...lines] = text.split('\n');

    this.#lines[this.#lines.length - 1] += rest;
    this.#lines.push(...lines);
    // One more than asked for: what has not ended counts when it is not empty.
    this.#lines = this.#lines.slice(-this.#limit - 1);
  }

  toString() {
    const lines =
      this.#lines.at(-1) === '' ? this.#lines.slice(0, -1) : this.#lines;
    return lines.slice(-this.#limit).join('\n');
  }
}

module.exports = { Tail };
