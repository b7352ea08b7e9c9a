'use strict';

const { toBuffer } = require('./buffer-util');

/**
 * Keeps the order of what a `Sender` sends while a Blob is read or zlib
 * compresses a message. An entry has the `data` or the `blob` of a frame, its
 * `length`, whether it `isCompressed`, the `options` of the frame, and `cb`.
 */
class SenderQueue {
  #sender;
  #deflate;
  #frame;
  #entries = [];

  /**
   * @param {Sender} sender The Sender
   * @param {PerMessageDeflate} [deflate] What compresses
   * @param {Function} frame `Sender.frame`
   */
  constructor(sender, deflate, frame) {
    this.#sender = sender;
    this.#deflate = deflate;
    this.#frame = frame;
  }

  /**
   * Sends something behind what waits.
   *
   * @param {Object} entry See above
   */
  push(entry) {
    this.#sender._bufferedBytes += entry.length;
    this.#entries.push(entry);
    if (this.#entries.length === 1) this.#next();
  }

  #next() {
    while (this.#entries.length > 0) {
      const entry = this.#entries[0];

      if (entry.blob) {
        this.#read(entry);
        return;
      }
      if (entry.isCompressed) {
        this.#compress(entry);
        return;
      }

      this.#entries.shift();
      this.#sender._bufferedBytes -= entry.length;
      this.#sender.sendFrame(this.#frame(entry.data, entry.options), entry.cb);
    }
  }

  #read(entry) {
    entry.blob.arrayBuffer().then(
      (bytes) => {
        entry.data = toBuffer(bytes);
        entry.blob = null;
        process.nextTick(() => this.#resume('the blob was being read'));
      },
      (err) => process.nextTick(() => this.#fail(err))
    );
  }

  #compress(entry) {
    this.#deflate.compress(entry.data, entry.options.fin, (err, data) => {
      entry.data = data;
      entry.isCompressed = false;
      entry.options.readOnly = false;
      this.#resume('data was being compressed', err);
    });
  }

  #resume(doing, err) {
    if (this.#sender._socket.destroyed) {
      err = new Error(`The socket was closed while ${doing}`);
    }

    if (err) this.#fail(err);
    else this.#next();
  }

  #fail(err) {
    for (const { cb } of this.#entries.splice(0)) {
      if (typeof cb === 'function') cb(err);
    }
  }
}

module.exports = SenderQueue;
