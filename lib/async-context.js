'use strict';

const { AsyncLocalStorage, AsyncResource } = require('async_hooks');

// Where node keeps an async context. Up to Node 22 it hangs on the resource that
// a call from C names, and node enters it. From Node 24 on it is a frame that a
// call from C does not bring along: it must be kept and entered here.
const keepsFrames = !('kResourceStore' in new AsyncLocalStorage());

/**
 * Ties a function that C will call to the current async context.
 *
 * @param {Function} fn The function
 * @return {Function} The function to call
 */
function bindContext(fn) {
  return keepsFrames ? AsyncResource.bind(fn) : fn;
}

/**
 * Keeps the current async context, to be entered by calls from C.
 *
 * @return {Function|undefined} Calls its first argument with the others, in that
 *     context; `undefined` where node enters it
 */
function captureContext() {
  return keepsFrames
    ? AsyncResource.bind((fn, ...args) => fn(...args))
    : undefined;
}

module.exports = { bindContext, captureContext, keepsFrames };
