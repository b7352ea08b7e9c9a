'use strict';

const assert = require('assert');
const fs = require('fs');
const path = require('path');

const { Program, stopAll } = require('../examples/program');
const { TEST_TIMEOUT_MS } = require('../support/wait');

const root = path.join(__dirname, '../..');
// Inside of the package, so that it knows itself by its name.
const folder = path.join(root, '.cache', 'docs');

// Behind a program: ends it, a primary after its workers, when there was time for
// what may be wrong at the start.
const END = `
setTimeout(() => {
  const { disconnect = (done) => done() } = require('cluster');
  disconnect(() => process.exit(0));
}, 300);
`;

const PAGES = [
  'README.md',
  'doc/api.md',
  'doc/compression.md',
  'doc/migrate-from-socket.io.md',
  'doc/migrate-from-uwebsockets.md',
  'doc/migrate-from-ws.md',
  'doc/scaling.md'
];

/** What the tables of SECURITY.md name in their last column, and where. */
function namedTests() {
  const text = fs.readFileSync(path.join(root, 'SECURITY.md'), 'utf8');
  const isOfTests = (row) => !row.includes('`npm ');

  return text
    .split('\n')
    .filter((line) => line.startsWith('| ') && isOfTests(line))
    .slice(1)
    .flatMap((row) => {
      const cell = row.split('|').at(-2);
      return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    });
}

/** The programs of a page, listening where they may. */
function programsOf(page) {
  const text = fs.readFileSync(path.join(root, page), 'utf8');

  return [...text.matchAll(/^```js\n([^]*?)^```/gm)].map(([, code]) =>
    code.replace(/\b808\d\b/g, '0')
  );
}

describe('the programs in the documents', function () {
  this.timeout(TEST_TIMEOUT_MS);

  before(() => fs.mkdirSync(folder, { recursive: true }));
  afterEach(stopAll);

  for (const page of PAGES) {
    programsOf(page).forEach((code, i) => {
      it(`run: ${page}, number ${i + 1}`, async () => {
        const file = path.join(folder, `${path.basename(page)}-${i}.cjs`);
        fs.writeFileSync(file, `${code}\n${END}`);
        const program = new Program(path.relative(root, file));
        const { code: status } = await program.ended();

        assert.strictEqual(status, 0, program.errors);
        assert.doesNotMatch(program.errors, /Error/);
      });
    });
  }

  it('name tests that are there, in SECURITY.md', () => {
    const names = namedTests();

    assert.ok(names.length > 50, `${names.length} names`);
    for (const name of names) {
      const files = [`${name}.test.js`, name].flatMap((file) => [
        path.join(root, 'test', file),
        path.join(root, file)
      ]);
      assert.ok(files.some(fs.existsSync), name);
    }
  });

  it('link to what is there', () => {
    const pages = fs
      .readdirSync(path.join(root, 'doc'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `doc/${name}`);

    for (const page of ['README.md', 'CONTRIBUTING.md', ...pages]) {
      const text = fs.readFileSync(path.join(root, page), 'utf8');
      for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        const file = path.join(root, path.dirname(page), target);
        assert.ok(fs.existsSync(file), `${page}: ${target}`);
      }
    }
  });
});
