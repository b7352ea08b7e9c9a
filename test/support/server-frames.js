'use strict';

const frames = require('./frames');

/* The frames of ./frames.js as a server sends them: not masked. */
const unmasked = (build) => (payload, options) =>
  build(payload, { mask: false, ...options });

module.exports = {
  ...frames,
  binary: unmasked(frames.binary),
  continuation: unmasked(frames.continuation),
  ping: unmasked(frames.ping),
  pong: unmasked(frames.pong),
  text: unmasked(frames.text),
  close: (code, reason, options) =>
    frames.close(code, reason, { mask: false, ...options }),
  frame: (opcode, payload, options) =>
    frames.frame(opcode, payload, { mask: false, ...options })
};
