'use strict';

const Refusal = require('./refusal');

const UNAUTHORIZED = 401;

/**
 * Asks the application's `authenticate` who a client is. Exactly one of the
 * functions is called, once; in the next tick where the answer is a promise.
 *
 * @param {Object} options Options of the server
 * @param {http.IncomingMessage} req The request
 * @param {Object} outcome `accept(data)`, `refuse(refusal)` and `fail(err)`, the
 *     last for errors that describe no refusal
 */
function authenticate(options, req, { accept, refuse, fail }) {
  let isSettled = false;
  const settle = (act, value) => {
    if (isSettled) return;
    isSettled = true;
    act(value);
  };
  const reject = (status = UNAUTHORIZED, headers, body) =>
    settle(refuse, new Refusal(status, headers, body));
  const onValue = (value) => {
    if (isNobody(value)) settle(refuse, new Refusal(UNAUTHORIZED));
    else settle(accept, value);
  };
  const onError = (err) => {
    const refusal = Refusal.ofError(err);

    if (refusal === null) settle(fail, toError(err));
    else settle(refuse, refusal);
  };
  let answer;
  let isPromise;

  try {
    answer = options.authenticate(req, reject);
    isPromise = typeof answer?.then === 'function';
  } catch (err) {
    onError(err);
    return;
  }

  if (!isPromise) {
    onValue(answer);
    return;
  }

  // In a tick of their own, that what listeners throw rejects no promise.
  Promise.resolve(answer).then(
    (value) => process.nextTick(onValue, value),
    (err) => process.nextTick(onError, err)
  );
}

function toError(err) {
  return err instanceof Error
    ? err
    : new Error('The authentication failed', { cause: err });
}

// Looking up who is not there brings one of these: it must not let him in.
function isNobody(value) {
  return value === undefined || value === null || value === false;
}

module.exports = { authenticate };
