'use strict';

const { kWebSocket } = require('./constants');

// A socket below a WebSocket stays the application's. Whoever writes to it, ends
// it or destroys it must not meet what C does at the same time: the object gets
// a prototype between itself and its own, whose operations let C go first. There
// is one for all objects of a kind.

/**
 * Makes a hook that sets such prototypes.
 *
 * @param {Function} make Adds the operations to an object, whose prototype is
 *     the original one, its second argument
 * @return {Function} Hooks an object whose `kWebSocket` is set
 */
function createHook(make) {
  const prototypes = new WeakMap();

  return function hook(object) {
    const original = Object.getPrototypeOf(object);
    let hooked = prototypes.get(original);

    if (hooked === undefined) {
      hooked = Object.create(original);
      make(hooked, original);
      prototypes.set(original, hooked);
    }
    Object.setPrototypeOf(object, hooked);
  };
}

/**
 * Makes a method that lets C act first, while it still has the connection.
 *
 * @param {Function} first Called with the slot and the WebSocket
 * @param {Function} [original] What is called then
 * @return {Function} The method
 */
function after(first, original) {
  return function (...args) {
    const websocket = this[kWebSocket];

    if (websocket._slot !== -1) first(websocket._slot, websocket);
    return original === undefined ? this : original.apply(this, args);
  };
}

/**
 * Overrides a getter, while C has the connection.
 *
 * @param {Object} hooked The prototype
 * @param {String} name The name of the getter
 * @param {Function} add Called with the own value, the slot and the object
 */
function overrideGetter(hooked, name, add) {
  Object.defineProperty(hooked, name, {
    configurable: true,
    get() {
      const { _slot: slot } = this[kWebSocket];
      const own = Reflect.get(Object.getPrototypeOf(hooked), name, this);

      return slot === -1 ? own : add(own, slot, this);
    }
  });
}

module.exports = { after, createHook, overrideGetter };
