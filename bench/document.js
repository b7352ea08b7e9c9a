'use strict';

// Measures what doc/performance.md shows, and writes its tables and charts.
//
//   node document.js                     all, about 15 minutes
//   node document.js --only main,core    only these parts, named below
//   node document.js --rounds 2          fewer rounds of `main`
//   node document.js --render            from the last results

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { render } = require('./driver/render');

const results = path.join(__dirname, 'build/document');

const main = ['ws', 'bun', 'uvws', 'floor', 'ws-server', 'uvws-server', 'node'];
const others = ['ws', 'ws-bufferutil', 'websocket'];
const quick = ['--seconds', '0.6', '--warmup', '0.4'];

// Each part is a program that writes its results to `file`.
const parts = {
  main: {
    file: 'main.json',
    command: ['run.js', '--full', ...quick, '--servers', main]
  },
  others: {
    file: 'others.json',
    command: [
      'run.js',
      '--full',
      '--rounds',
      '1',
      ...quick,
      '--servers',
      others
    ]
  },
  growth: {
    file: 'growth.json',
    command: ['run.js', '--growth', '--rounds', '1', ...quick]
  },
  memory: {
    file: 'memory.csv',
    command: ['memory.js', '--seconds', '5', '--pause', '4']
  },
  core: { file: 'core.json', command: ['core.js'] }
};

function measure(name, rounds) {
  const { file, command } = parts[name];
  const target = path.join(results, file);
  const flag = file.endsWith('.csv') ? '--csv' : '--json';
  const args = [...command.map(String), flag, target];

  if (name === 'main') args.push('--rounds', rounds);

  console.error(`== ${name}`);

  const { status } = spawnSync(process.execPath, args, {
    cwd: __dirname,
    stdio: ['ignore', 'ignore', 'inherit']
  });

  if (status !== 0) console.error(`${name} ended with ${status}`);
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    render: { type: 'boolean' }
  }
});

fs.mkdirSync(results, { recursive: true });
if (!values.render) {
  for (const name of values.only?.split(',') ?? Object.keys(parts)) {
    measure(name, values.rounds);
  }
}
render(results, path.join(__dirname, '../doc'));
