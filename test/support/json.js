'use strict';

/* JSON of so many characters: it compresses as what applications send does. */
function json(length, seed = 1) {
  let text = '';

  for (let i = seed; text.length < length; i++) {
    text += JSON.stringify({ id: (i * 7919) % 1000, user: `user-${i % 97}` });
  }
  return text.slice(0, length);
}

module.exports = { json };
