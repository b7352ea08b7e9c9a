'use strict';

// That results become the tables and charts of doc/performance.md.

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');

const { render } = require('../driver/render');
const { summarize } = require('../driver/summary');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-document-'));
const results = path.join(folder, 'results');
const doc = path.join(folder, 'doc');

const machine = {
  date: '2026-01-02T03:04:05.678Z',
  cpu: 'Some CPU',
  kernel: '6.1.0-1-amd64',
  node: 'v20.20.2',
  peers: { ws: '8.23.0' }
};

const echo = { name: 'echo-64', per: 'message', value: 'cpu' };
const paced = { name: 'echo-64-paced', per: 'message', value: 'cpu' };
const idle = {
  name: 'idle-10k',
  per: 'connection',
  value: 'bytesPerConnection'
};
const growing = [10, 100].map((x) => ({
  ...echo,
  name: `connections-${x}`,
  family: 'connections',
  x
}));

// Two rounds in which uvws costs a half and a quarter of what ws costs.
function sample(scenario, server, round, cpu) {
  const latency = { p50: 10 * cpu, p99: 20 * cpu };
  const result = { cpu, latency, bytesPerConnection: 1000 * cpu };

  return { scenario: scenario.name, server, round, result };
}

function measured(scenario) {
  return [
    sample(scenario, 'ws', 0, 8),
    sample(scenario, 'uvws', 0, 4),
    sample(scenario, 'ws', 1, 8),
    sample(scenario, 'uvws', 1, 2)
  ];
}

function write(name, scenarios) {
  const summary = summarize(scenarios, scenarios.flatMap(measured));

  fs.writeFileSync(
    path.join(results, name),
    JSON.stringify({ machine, summary })
  );
}

before(() => {
  fs.mkdirSync(results);
  fs.mkdirSync(doc);
  fs.writeFileSync(
    path.join(doc, 'performance.md'),
    ['machine', 'cost', 'latency', 'memory', 'core']
      .map((name) => `Before ${name}.\n\n<!-- ${name} -->\n<!-- /${name} -->\n`)
      .join('\n')
  );
  write('main.json', [echo, paced, idle]);
  write('growth.json', growing);
  fs.writeFileSync(
    path.join(results, 'core.json'),
    JSON.stringify([{ name: 'mask', bytes: 64, instructions: 1234.4 }])
  );
  fs.writeFileSync(
    path.join(results, 'memory.csv'),
    'server,seconds,rss\nuvws,0.2,52428800\nuvws,0.4,57671680\n'
  );
  render(results, doc);
});

after(() => fs.rmSync(folder, { recursive: true }));

function readPage() {
  return fs.readFileSync(path.join(doc, 'performance.md'), 'utf8');
}

test('ratios are medians of the rounds, with their spread', () => {
  assert.match(readPage(), /\| `echo-64` \| 2\.67 \(2\.00–4\.00\) \|/);
});

test('memory and latency have tables of their own', () => {
  assert.match(readPage(), /\| ws \| 8,000 \|/);
  assert.match(readPage(), /\| `echo-64-paced` \| ws \| 80\.0 \| 160 /);
  assert.doesNotMatch(readPage(), /\| `idle-10k` \|/);
});

test('instructions are given whole and per byte', () => {
  assert.match(readPage(), /\| mask \| 1,234 \| 19\.29 \|/);
});

test('the text around the marks stays', () => {
  for (const name of ['machine', 'cost', 'latency', 'memory', 'core']) {
    assert.ok(readPage().includes(`Before ${name}.\n`));
  }
});

test('rendering again changes nothing', () => {
  const once = readPage();

  render(results, doc);
  assert.strictEqual(readPage(), once);
});

test('charts are drawn of what was measured', () => {
  for (const name of ['cost', 'connections', 'memory']) {
    const svg = fs.readFileSync(path.join(doc, `img/${name}.svg`), 'utf8');

    assert.match(svg, /^<svg [^]*<\/svg>\n$/);
    assert.match(svg, />uvws<\/text>/);
  }
});
