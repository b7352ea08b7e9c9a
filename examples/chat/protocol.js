'use strict';

// What the two sides say: JSON objects, one to a text message, told apart by
// `type`. A member is { id, name }; `at` is in milliseconds since 1970.
//
// client: join    { name, token? }  the token of an earlier welcome takes the
//                                   name back from a connection that hangs
//         rename  { name }
//         say     { text }
// server: welcome { you, token, members, history }
//         joined  { member, at }    left { member, at }
//         renamed { member, before, at }
//         message { id, from, text, at }
//         error   { code, message, about }  about: type of the refused message
//
// Each say is answered, in order, by its message or by an error about 'say'.

const MAX_NAME = 24;
const MAX_TEXT = 1000;
// Room for the longest text with every character escaped as \uXXXX.
const MAX_FRAME_BYTES = 8 * 1024;

// Letters of any script; what is invisible could imitate another's name.
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._'-]*$/u;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
// Line feed and tab are the two control characters a text may have.
const CONTROL = /[^\P{Cc}\n\t]/u;

const checks = {
  join: (frame) => ({
    name: checkName(frame.name),
    token: typeof frame.token === 'string' ? frame.token : null
  }),
  rename: (frame) => ({ name: checkName(frame.name) }),
  say: (frame) => ({ text: checkText(frame.text) })
};

/** A refusal that the client is told about: a code and a sentence. */
class ProtocolError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Reads one text message into an object with a known type, or throws. */
function decode(text) {
  let frame;

  try {
    frame = JSON.parse(text);
  } catch {
    throw new ProtocolError('bad-json', 'A message must be JSON');
  }
  if (typeof frame?.type !== 'string' || !Object.hasOwn(checks, frame.type)) {
    const types = Object.keys(checks).join(', ');
    throw new ProtocolError('bad-type', `The type must be one of ${types}`);
  }
  return frame;
}

/** Gives the checked fields of a decoded message, and those only; or throws. */
function validate(frame) {
  return checks[frame.type](frame);
}

function checkName(value) {
  const name =
    typeof value === 'string'
      ? value.normalize('NFC').trim().replace(/\s+/g, ' ')
      : '';

  if (name.length < 1 || name.length > MAX_NAME) {
    throw new ProtocolError(
      'bad-name',
      `A name has 1 to ${MAX_NAME} characters`
    );
  }
  if (!NAME.test(name) || INVISIBLE.test(name)) {
    throw new ProtocolError(
      'bad-name',
      "A name has letters, digits, spaces and . _ ' - and begins with a letter or digit"
    );
  }
  return name;
}

function checkText(value) {
  const text = typeof value === 'string' ? value.trim() : '';

  if (text.length < 1 || text.length > MAX_TEXT) {
    throw new ProtocolError(
      'bad-text',
      `A text has 1 to ${MAX_TEXT} characters`
    );
  }
  if (CONTROL.test(text) || !text.isWellFormed()) {
    throw new ProtocolError(
      'bad-text',
      'A text has no control characters and no halves of characters'
    );
  }
  return text;
}

module.exports = {
  MAX_FRAME_BYTES,
  MAX_NAME,
  MAX_TEXT,
  ProtocolError,
  decode,
  validate
};
