'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');

const uvws = require('../..');
const { statuses } = require('../../lib/native');
const { checks } = require('../../lib/server-options');
const names = require('../types/names.json');

const root = path.join(__dirname, '..', '..');
const page = fs.readFileSync(path.join(root, 'doc', 'api.md'), 'utf8');

/* What the page sets as code: `name`, `name(...)`, `name.more`. */
const named = new Set(
  Array.from(page.matchAll(/`([^`\n]+)`/g), ([, code]) =>
    code.split(/[^\w$]/)
  ).flat()
);
const events = new Set(Array.from(page.matchAll(/'([\w-]+)'/g), ([, n]) => n));

/* What has a row of a table of its own, or shares one. */
const inRows = new Set(
  Array.from(page.matchAll(/^\| ([^|]*) \|/gm), ([, cell]) =>
    Array.from(cell.matchAll(/`(\w+)`/g), ([, name]) => name)
  ).flat()
);

function assertNamed(list) {
  assert.deepStrictEqual(
    list.filter((name) => !named.has(name)),
    []
  );
}

/* What an object has itself and the application may use. */
function publicNames(object) {
  return Object.getOwnPropertyNames(object).filter(
    (name) => !name.startsWith('_') && name !== 'constructor'
  );
}

describe('doc/api.md', () => {
  it('has every export', () => {
    assertNamed(Object.keys(names.exports));
  });

  it('has every option of a server', () => {
    const options = [
      ...Object.keys(names.serverOptions),
      ...Object.keys(names.ownServerOptions),
      ...Object.keys(checks)
    ];

    assert.deepStrictEqual(
      options.filter((name) => !inRows.has(name)),
      []
    );
  });

  it('has every method and property', () => {
    const unlisted = ['emitClose', 'setSocket']; // not the application's

    for (const { prototype } of [uvws, uvws.WebSocketServer]) {
      assertNamed(
        publicNames(prototype).filter((name) => !unlisted.includes(name))
      );
    }
  });

  it('has every code of an error', () => {
    assertNamed(
      statuses
        .map(({ code }) => code)
        .filter((code) => code.startsWith('WS_ERR_'))
    );
  });

  it('has every event of the declarations', () => {
    for (const [file, name] of [
      ['index.d.ts', 'Events'],
      ['types/server-options.d.ts', 'ServerEvents']
    ]) {
      const text = fs.readFileSync(path.join(root, 'lib', file), 'utf8');
      const body = text.slice(text.indexOf(`interface ${name}`));
      const declared = Array.from(
        body.slice(0, body.indexOf('\n}')).matchAll(/^ {2}'?([\w-]+)'?: \[/gm),
        ([, event]) => event
      );

      assert.ok(declared.length > 5, file);
      assert.deepStrictEqual(
        declared.filter((event) => !events.has(event)),
        []
      );
    }
  });

  it('names nothing twice in one table', () => {
    const tables = page.split(/\n\n/).filter((part) => part.startsWith('| '));

    for (const table of tables) {
      const first = table.split('\n').map((line) => line.split(' | ')[0]);
      assert.strictEqual(new Set(first).size, first.length, table);
    }
  });
});
