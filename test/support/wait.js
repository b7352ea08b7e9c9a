'use strict';

/*
 * Waiting with a bound. The bound only turns a hang into a readable failure:
 * no test measures time with it. Sanitizers slow everything down.
 */
const GUARD_MS = process.env.UVWS_SANITIZED ? 60000 : 15000;

/* What a describe block sets with this.timeout(): longer than any guard. */
const TEST_TIMEOUT_MS = 2 * GUARD_MS;

/* Settles as the promise does, or rejects naming what never came. */
function guard(promise, what) {
  let timer;
  const expired = new Promise((resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`waited in vain for ${what}`));
    }, GUARD_MS);
    timer.unref(); // a wait that nobody needs any more must not hold us
  });

  return Promise.race([promise, expired]).finally(() => clearTimeout(timer));
}

/* The arguments of the emitter's next event of that name, as an array. */
function nextEvent(emitter, name) {
  const event = new Promise((resolve) => {
    emitter.once(name, (...args) => resolve(args));
  });

  return guard(event, `the event '${name}'`);
}

/* The arguments of the next `count` events of that name, one array each. */
function nextEvents(emitter, name, count) {
  const seen = [];
  const events = new Promise((resolve) => {
    emitter.on(name, function collect(...args) {
      seen.push(args);
      if (seen.length === count) {
        emitter.removeListener(name, collect);
        resolve(seen);
      }
    });
  });

  return guard(events, `${count} events '${name}'`);
}

/* Calls fn with a node-style callback and gives the callback's arguments. */
function called(fn) {
  const call = new Promise((resolve) => {
    fn((...args) => resolve(args));
  });

  return guard(call, 'a callback');
}

/* The next uncaught exception, which does not end the process. */
async function uncaught() {
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  try {
    const [err] = await nextEvent(process, 'uncaughtException');
    return err;
  } finally {
    for (const one of listeners) process.on('uncaughtException', one);
  }
}

/* Resolves after a full turn of the event loop. */
function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

/* Resolves after `count` turns of the event loop. */
async function turns(count) {
  for (let i = 0; i < count; i++) await turn();
}

/* Turns the event loop until the predicate, or what it promises, holds. */
async function until(predicate, what) {
  const deadline = Date.now() + GUARD_MS;

  while (!(await predicate())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Has the objects of WeakRefs collected; resolves with how many are left. */
async function countUncollected(refs, gc) {
  const left = () => refs.filter((ref) => ref.deref() !== undefined).length;

  for (let i = 0; i < 50 && left() > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    gc();
  }
  return left();
}

module.exports = {
  GUARD_MS,
  TEST_TIMEOUT_MS,
  called,
  countUncollected,
  guard,
  nextEvent,
  nextEvents,
  turn,
  turns,
  uncaught,
  until
};
