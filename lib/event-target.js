'use strict';

const { kForOnEventAttribute, kListener } = require('./constants');

const kCode = Symbol('code');
const kData = Symbol('data');
const kError = Symbol('error');
const kMessage = Symbol('message');
const kReason = Symbol('reason');
const kTarget = Symbol('target');
const kType = Symbol('type');
const kWasClean = Symbol('wasClean');

class Event {
  constructor(type, target) {
    this[kTarget] = target;
    this[kType] = type;
  }

  get target() {
    return this[kTarget];
  }

  get type() {
    return this[kType];
  }
}

class CloseEvent extends Event {
  constructor(target, code, reason, wasClean) {
    super('close', target);
    this[kCode] = code;
    this[kReason] = reason;
    this[kWasClean] = wasClean;
  }

  get code() {
    return this[kCode];
  }

  get reason() {
    return this[kReason];
  }

  get wasClean() {
    return this[kWasClean];
  }
}

class ErrorEvent extends Event {
  constructor(target, error) {
    super('error', target);
    this[kError] = error;
    this[kMessage] = error.message;
  }

  get error() {
    return this[kError];
  }

  get message() {
    return this[kMessage];
  }
}

class MessageEvent extends Event {
  constructor(target, data) {
    super('message', target);
    this[kData] = data;
  }

  get data() {
    return this[kData];
  }
}

for (const [prototype, names] of [
  [Event.prototype, ['target', 'type']],
  [CloseEvent.prototype, ['code', 'reason', 'wasClean']],
  [ErrorEvent.prototype, ['error', 'message']],
  [MessageEvent.prototype, ['data']]
]) {
  for (const name of names) {
    Object.defineProperty(prototype, name, { enumerable: true });
  }
}

// How each event's emitter arguments become an event object.
const makers = {
  __proto__: null,
  close: (target, code, reason) =>
    new CloseEvent(
      target,
      code,
      reason.toString(),
      target._closeFrameReceived && target._closeFrameSent
    ),
  error: (target, error) => new ErrorEvent(target, error),
  message: (target, data, isBinary) =>
    new MessageEvent(target, isBinary ? data : data.toString()),
  open: (target) => new Event('open', target)
};

/**
 * The part of the browsers' `EventTarget` that a WebSocket has. Meant to be
 * mixed into a subclass of `EventEmitter`.
 *
 * @mixin
 */
const EventTarget = {
  /**
   * Registers a listener. The same one is registered once; other events than
   * 'close', 'error', 'message' and 'open' are ignored.
   *
   * @param {String} type The event
   * @param {(Function|Object)} handler The listener, or an object with a
   *     `handleEvent()` method
   * @param {Object} [options] Options
   * @param {Boolean} [options.once] Whether to remove it after its first call
   */
  addEventListener(type, handler, options = {}) {
    const isForAttribute = !!options[kForOnEventAttribute];

    if (!isForAttribute && findWrapper(this, type, handler)) return;

    const make = makers[type];

    if (make === undefined) return;

    const wrapper = function (first, second) {
      const event = make(this, first, second);

      if (typeof handler === 'object' && handler.handleEvent) {
        handler.handleEvent(event);
      } else {
        handler.call(this, event);
      }
    };

    wrapper[kForOnEventAttribute] = isForAttribute;
    wrapper[kListener] = handler;

    if (options.once) this.once(type, wrapper);
    else this.on(type, wrapper);
  },

  /**
   * Removes a listener that `addEventListener()` registered.
   *
   * @param {String} type The event
   * @param {(Function|Object)} handler The listener
   */
  removeEventListener(type, handler) {
    const wrapper = findWrapper(this, type, handler);

    if (wrapper) this.removeListener(type, wrapper);
  }
};

function findWrapper(target, type, handler) {
  return target
    .listeners(type)
    .find(
      (listener) =>
        listener[kListener] === handler && !listener[kForOnEventAttribute]
    );
}

/**
 * Finds the wrapper of an `on<event>` attribute.
 *
 * @param {EventEmitter} target The WebSocket
 * @param {String} type The event
 * @return {(Function|undefined)} The wrapper, if the attribute is set
 */
function findAttribute(target, type) {
  return target
    .listeners(type)
    .find((listener) => listener[kForOnEventAttribute]);
}

/**
 * Defines the `on<event>` accessors on a prototype.
 *
 * @param {Object} prototype The prototype
 */
function defineAttributes(prototype) {
  for (const type of ['open', 'error', 'close', 'message']) {
    Object.defineProperty(prototype, `on${type}`, {
      configurable: true,
      enumerable: true,
      get() {
        const wrapper = findAttribute(this, type);

        return wrapper ? wrapper[kListener] : null;
      },
      set(handler) {
        const wrapper = findAttribute(this, type);

        if (wrapper) this.removeListener(type, wrapper);
        if (typeof handler !== 'function') return;

        this.addEventListener(type, handler, { [kForOnEventAttribute]: true });
      }
    });
  }
}

module.exports = { EventTarget, defineAttributes };
