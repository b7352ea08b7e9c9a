'use strict';

const { performance } = require('perf_hooks');

// Clients that are asked for a pong at a time: enough for a percentile.
const PINGED_MAX = 200;

/** Makes of a server's totals what happened since the last sample. */
class Sampler {
  #wss;
  #last;
  #latencies = [];

  constructor(wss) {
    this.#wss = wss;
    this.#last = { at: performance.now(), messages: wss.stats().messages };
  }

  /** Measures how long a client's pongs take. */
  watch(ws) {
    ws.on('pong', (data) => {
      const latency = performance.now() - Number(data);

      if (latency >= 0) this.#latencies.push(latency);
    });
  }

  sample() {
    const { connections, messages, queuedBytes, closes } = this.#wss.stats();
    const at = performance.now();
    const seconds = Math.max(at - this.#last.at, 1) / 1000;
    const perSecond = (way) =>
      Math.round((messages[way] - this.#last.messages[way]) / seconds);
    const latencies = this.#latencies.sort((a, b) => a - b);
    const sample = {
      at: Date.now(),
      connections,
      received: perSecond('received'),
      sent: perSecond('sent'),
      queued: queuedBytes,
      median: percentile(latencies, 0.5),
      high: percentile(latencies, 0.95),
      closes
    };

    this.#last = { at, messages };
    this.#latencies = [];
    this.#ping();
    return sample;
  }

  #ping() {
    let left = PINGED_MAX;

    for (const ws of this.#wss.clients) {
      if (left-- === 0) break;
      ws.ping(String(performance.now()));
    }
  }
}

/** In ms; null where nothing was measured. */
function percentile(sorted, share) {
  if (sorted.length === 0) return null;

  const value = sorted[Math.ceil(sorted.length * share) - 1];

  return Math.round(value * 100) / 100;
}

module.exports = Sampler;
