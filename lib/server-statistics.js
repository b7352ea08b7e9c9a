'use strict';

const { readTotals } = require('./hub-totals');

/**
 * What a server tells of itself by `stats()`: rare events are counted here, the
 * rest in C.
 */
class ServerStatistics {
  #hub;
  #accepted = 0;
  #closed = 0;
  #refusals = new Map();
  #closes = new Map();
  #errors = new Map();

  /**
   * @param {Object} hub What `native.newHub()` gave
   */
  constructor(hub) {
    this.#hub = hub;
  }

  countConnection() {
    this.#accepted++;
  }

  /**
   * @param {Number} code The close code of a connection that is gone
   */
  countClose(code) {
    this.#closed++;
    count(this.#closes, code);
  }

  /**
   * @param {Error} err The error of a connection
   */
  countError(err) {
    count(this.#errors, err.code ?? err.name);
  }

  /**
   * @param {Number} status The HTTP status of a refused handshake
   */
  countRefusal(status) {
    count(this.#refusals, status);
  }

  /**
   * @param {Number} undecided Handshakes that the application is asked about
   * @param {Iterable} [clients] The clients, as far as they are known
   * @return {Object} See `WebSocketServer#stats()`
   */
  read(undecided, clients = []) {
    const totals = readTotals(this.#hub);

    return {
      connections: this.#accepted - this.#closed,
      handshakes: {
        accepted: this.#accepted,
        refused: Object.fromEntries(this.#refusals),
        undecided
      },
      messages: { received: totals.messagesIn, sent: totals.messagesOut },
      payload: { received: totals.payloadIn, sent: totals.payloadOut },
      bytes: { received: totals.bytesIn, sent: totals.bytesOut },
      queuedBytes: totals.queued + queuedInStreams(clients),
      compression: {
        before: totals.deflatedFrom,
        after: totals.deflatedTo,
        ratio:
          totals.deflatedFrom > 0 ? totals.deflatedTo / totals.deflatedFrom : 1
      },
      silent: totals.silent,
      closes: Object.fromEntries(this.#closes),
      errors: Object.fromEntries(this.#errors)
    };
  }
}

// What C has handed to a stream waits there.
function queuedInStreams(clients) {
  let bytes = 0;

  for (const { _stream: stream } of clients) {
    if (stream !== undefined) bytes += stream._writableState?.length ?? 0;
  }
  return bytes;
}

function count(counts, key) {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

module.exports = ServerStatistics;
