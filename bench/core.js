'use strict';

// What the operations of src/core cost, in instructions counted by callgrind:
// the same on every run, whatever else the machine does. Needs valgrind.
//
//   node core.js [--json FILE] [--calls 500]

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { build } = require('./driver/build');
const { toTable } = require('./driver/core-table');

const PROGRAM = path.join(__dirname, 'build/core');
const OUTPUT = path.join(__dirname, 'build/callgrind.out');

function listCases() {
  const text = execFileSync(PROGRAM, { encoding: 'utf8' });

  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [, index, operations, bytes, name] =
        /^(\d+) (\d+) (\d+) (.*)$/.exec(line);

      return {
        index,
        operations: Number(operations),
        bytes: Number(bytes),
        name
      };
    });
}

// Instructions within `measured`, and all that it calls.
function countInstructions(index, calls) {
  execFileSync(
    'valgrind',
    [
      '--tool=callgrind',
      '--toggle-collect=measured',
      `--callgrind-out-file=${OUTPUT}`,
      PROGRAM,
      index,
      String(calls)
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] }
  );

  const [, total] = /^totals: (\d+)/m.exec(fs.readFileSync(OUTPUT, 'utf8'));

  return Number(total);
}

function main() {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      calls: { type: 'string', default: '500' }
    }
  });
  const calls = Number(values.calls);

  build('build/core');

  const results = listCases().map(({ index, operations, bytes, name }) => ({
    name,
    bytes,
    instructions: countInstructions(index, calls) / calls / operations
  }));

  if (values.json) {
    fs.writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  }
  console.log(toTable(results));
}

main();
