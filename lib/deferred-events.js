'use strict';

const {
  kOnClose,
  kOnEnd,
  kOnFailure,
  kOnFragment,
  kOnInflating,
  kOnThrottled,
  kOnMessage,
  kOnPing,
  kOnPong
} = require('./constants');

/**
 * With `allowSynchronousEvents: false`: takes the events of a read in the place
 * of the WebSocket and hands on one 'message', 'ping' or 'pong' per turn of the
 * event loop. While some wait, nothing more is read.
 */
class DeferredEvents {
  #websocket;
  #entries = [];
  #isScheduled = false;

  /**
   * @param {WebSocket} websocket The WebSocket
   */
  constructor(websocket) {
    this.#websocket = websocket;
  }

  /** Whether some wait. */
  get isBusy() {
    return this.#entries.length > 0;
  }

  /**
   * Calls a function behind the events that wait.
   *
   * @param {Function} fn The function
   */
  push(fn) {
    this.#entries.push({ fn, isEvent: false });
    this.#schedule();
  }

  [kOnMessage](...args) {
    this.#pushEvent(kOnMessage, args);
  }

  [kOnPing](...args) {
    this.#pushEvent(kOnPing, args);
  }

  [kOnPong](...args) {
    this.#pushEvent(kOnPong, args);
  }

  [kOnClose](...args) {
    this.#pushOrCall(() => this.#websocket[kOnClose](...args));
  }

  [kOnFailure](...args) {
    this.#pushOrCall(() => this.#websocket[kOnFailure](...args));
  }

  // Tells of the message that the next event is.
  [kOnFragment](end) {
    this.#pushOrCall(() => this.#websocket[kOnFragment](end));
  }

  // Its end comes behind the message.
  [kOnInflating](isBegun) {
    if (isBegun) this.#websocket[kOnInflating](true);
    else this.#pushOrCall(() => this.#websocket[kOnInflating](false));
  }

  [kOnThrottled](isBegun) {
    this.#websocket[kOnThrottled](isBegun);
  }

  [kOnEnd]() {
    this.#pushOrCall(() => this.#websocket[kOnEnd]());
  }

  #pushEvent(name, args) {
    this.#entries.push({
      fn: () => this.#websocket[name](...args),
      isEvent: true
    });
    this.#schedule();
  }

  #pushOrCall(fn) {
    if (this.isBusy) this.push(fn);
    else fn();
  }

  #schedule() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (this.#websocket._slot !== -1) {
      this.#websocket._transport.pause(this.#websocket);
    }
    setImmediate(() => this.#run());
  }

  // One event, and what is none behind it.
  #run() {
    try {
      this.#entries.shift().fn();
      while (this.isBusy && !this.#entries[0].isEvent) {
        this.#entries.shift().fn();
      }
    } finally {
      this.#isScheduled = false;
      this.#goOn();
    }
  }

  #goOn() {
    if (this.isBusy) {
      this.#schedule();
    } else if (this.#websocket._slot !== -1 && !this.#websocket._paused) {
      this.#websocket._transport.resume(this.#websocket);
    }
  }
}

module.exports = DeferredEvents;
