'use strict';

const { ProtocolError, decode, validate } = require('./protocol');

/**
 * Does what a message asks for, or answers with the error. `actions` has a
 * function `(ws, fields)` for each type of message, which may be async.
 */
async function receive(ws, text, { actions, isTooFast }) {
  let frame = {};

  try {
    frame = decode(text);
    if (isTooFast) throw new ProtocolError('too-fast', 'Slow down a little');
    await actions[frame.type](ws, validate(frame));
  } catch (err) {
    if (!(err instanceof ProtocolError)) throw err;
    const { code, message } = err;
    const about = frame.type ?? null;
    ws.send(JSON.stringify({ type: 'error', code, message, about }));
  }
}

module.exports = receive;
