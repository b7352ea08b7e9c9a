'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');

const constants = require('../../lib/constants');
const { HUB_TOTALS } = require('../../lib/hub-totals');

const root = path.join(__dirname, '../..');

function source(name) {
  return fs.readFileSync(path.join(root, 'src', name), 'utf8');
}

/* kSomeName as SOME_NAME. */
function toUpper(name) {
  if (!name.startsWith('k')) return name;
  return name
    .replace(/^k/, '')
    .replace(/(?!^)([A-Z])/g, '_$1')
    .toUpperCase();
}

/* Every `name = number` that the pattern finds, with names as here. */
function collect(text, pattern, prefix = '') {
  return Object.fromEntries(
    [...text.matchAll(pattern)].map(([, name, value]) => [
      prefix + toUpper(name),
      Number(value)
    ])
  );
}

function entryKinds() {
  const [, body] = /enum class EntryKind[^{]*\{([^}]*)\}/.exec(
    source('binding/inbox.h')
  );
  return collect(body, /\b(k\w+) = (\d+)/g, 'ENTRY_');
}

function counters() {
  const names = structNames(source('net/connection.h'), 'uvws_counters');

  return {
    COUNTERS_PER_CONNECTION: names.length,
    ...Object.fromEntries(
      names.map((name, i) => [`COUNTER_${name.toUpperCase()}`, i])
    )
  };
}

function structNames(text, struct) {
  const [, body] = new RegExp(`struct ${struct} \\{([^}]*)\\}`).exec(text);
  return [...body.matchAll(/double (\w+);/g)].map(([, name]) => name);
}

const inC = {
  ...entryKinds(),
  ...counters(),
  ...collect(source('binding/inbox.h'), /constexpr \w+ (kEntry\w+) = (\d+)/g),
  ...collect(
    source('binding/connection_wrap.h'),
    /constexpr \w+ (kFlag\w+) = (\d+)/g
  ),
  ...collect(source('core/frame.h'), /UVWS_(OPCODE_\w+) = (0x\w+)/g),
  CONNECTIONS_PER_PAGE: Number(
    /kPageLength = (\d+)/.exec(source('binding/env_state.cc'))[1]
  ),
  STATUS_OK: Number(/UVWS_OK = (\d+)/.exec(source('core/status.h'))[1]),
  /* The bits of an entry that tell its kind: all below its flags. */
  ENTRY_KIND: 15
};

/* Numbers that C does not know. */
const OWN = [
  'CLOSE_TIMEOUT',
  'MAX_PAYLOAD',
  'MAX_PENDING_AUTO_PONGS',
  'OFF_LOOP_AT'
];

describe('the numbers that JavaScript and C share', () => {
  for (const [name, value] of Object.entries(constants)) {
    if (typeof value !== 'number' || OWN.includes(name)) continue;

    it(`agree on ${name}`, () => {
      assert.strictEqual(inC[name], value);
    });
  }

  it('agree on the totals of a hub', () => {
    const camel = (name) =>
      name.replace(/_(\w)/g, (match, letter) => letter.toUpperCase());

    assert.deepStrictEqual(
      HUB_TOTALS,
      structNames(source('net/hub.h'), 'uvws_totals').map(camel)
    );
  });

  it('leave the kinds of entries apart from their flags', () => {
    for (const [name, value] of Object.entries(entryKinds())) {
      assert.strictEqual(value & constants.ENTRY_KIND, value, name);
    }
    assert.strictEqual(inC.ENTRY_OWNED & constants.ENTRY_KIND, 0);
    assert.strictEqual(inC.ENTRY_POOLED & constants.ENTRY_KIND, 0);
  });
});
