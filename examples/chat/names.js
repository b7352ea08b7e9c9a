'use strict';

const { ProtocolError } = require('./protocol');

/** What others see of a member: the token stays with its owner. */
function face({ id, name }) {
  return { id, name };
}

/** Whether two names are one: "ADA" and a full-width "Ada" are. */
function isSameName(one, other) {
  return fold(one) === fold(other);
}

function fold(name) {
  return name.normalize('NFKC').toLowerCase();
}

/** The refusal of a name that somebody else has. */
function nameTaken(name) {
  return new ProtocolError('name-taken', `Someone here is called ${name}`);
}

module.exports = { face, isSameName, nameTaken };
