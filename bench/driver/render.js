'use strict';

// Puts results into doc/performance.md, between the marks `<!-- NAME -->` and
// `<!-- /NAME -->`, and charts into img/ beside it. Prettier is to leave the
// tables as they are.

const fs = require('node:fs');
const path = require('node:path');

const { drawTimesCheaper } = require('../charts/bars');
const { drawGrowth, drawMemory } = require('../charts/lines');
const { compare, compareLatency, compareMemory } = require('./comparison');
const { toTable } = require('./core-table');

const families = {
  connections: {
    title: 'Echo of 64 B: cost per message as connections grow',
    unit: 'connections, each with one message in flight'
  },
  size: {
    title: 'Echo: cost per message as messages grow',
    unit: 'bytes of a message',
    isBytes: true
  },
  subscribers: {
    title: 'Fan-out by a loop: cost per copy as receivers grow',
    unit: 'receivers of 64 B'
  },
  published: {
    title: 'publish: cost per copy as subscribers grow (ws: the loop)',
    unit: 'subscribers of 64 B'
  }
};

function readIfThere(folder, name) {
  const file = path.join(folder, name);

  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}

function readCsv(text) {
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [server, seconds, rss] = line.split(',');

      return { server, seconds: Number(seconds), rss: Number(rss) };
    });
}

// Of the second measurement only the servers that the first one has not.
function merge(main, others) {
  const has = ({ scenario, server }) =>
    main.some((a) => a.scenario === scenario && a.server === server);

  return [...main, ...others.filter((entry) => !has(entry))];
}

function describe({ cpu, kernel, node, peers, date }) {
  const release = kernel.split('.', 2).join('.');
  const versions = Object.entries(peers).map(([name, v]) => `${name} ${v}`);

  return (
    `${date.slice(0, 10)}; ${cpu}, 2 cores used; Linux ${release}; Node ` +
    `${node.slice(1)}; ${versions.join(', ')}.`
  );
}

function replaceBetween(text, name, content) {
  const open = `<!-- ${name} -->`;
  const close = `<!-- /${name} -->`;
  const start = text.indexOf(open);
  const end = text.indexOf(close);

  if (start < 0 || end < start) throw new Error(`no place for ${name}`);

  return [
    text.slice(0, start + open.length),
    '<!-- prettier-ignore-start -->',
    content,
    '<!-- prettier-ignore-end -->',
    text.slice(end)
  ].join('\n\n');
}

function renderMain(main, others, sections, images) {
  const all = merge(main.summary, others?.summary ?? []);

  sections.machine = describe(main.machine);
  sections.cost = compare(all);
  sections.latency = compareLatency(all);
  sections.memory = compareMemory(all);
  images.cost = drawTimesCheaper(
    all,
    'Times cheaper than ws: server CPU per message'
  );
}

function collect(results) {
  const json = (name) => JSON.parse(readIfThere(results, name) ?? 'null');
  const sections = {};
  const images = {};
  const main = json('main.json');
  const growth = json('growth.json');
  const core = json('core.json');
  const memory = readIfThere(results, 'memory.csv');

  if (main) renderMain(main, json('others.json'), sections, images);
  for (const [name, how] of Object.entries(growth ? families : {})) {
    images[name] = drawGrowth(growth.summary, name, how);
  }
  if (core) sections.core = toTable(core);
  if (memory) {
    images.memory = drawMemory(
      readCsv(memory),
      'Memory with compression on: 200 clients come, talk and go'
    );
  }

  return { sections, images };
}

// `results` is the folder of what document.js measured; what is not there is
// left as it was.
function render(results, doc) {
  const file = path.join(doc, 'performance.md');
  const { sections, images } = collect(results);
  let text = fs.readFileSync(file, 'utf8');

  for (const [name, content] of Object.entries(sections)) {
    text = replaceBetween(text, name, content);
  }
  fs.writeFileSync(file, text);

  fs.mkdirSync(path.join(doc, 'img'), { recursive: true });
  for (const [name, svg] of Object.entries(images)) {
    fs.writeFileSync(path.join(doc, 'img', `${name}.svg`), svg);
  }
}

module.exports = { render };
