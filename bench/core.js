'use strict';

// What the operations of src/core, and those of a server's hub in src/net, cost
// in instructions counted by callgrind: the same on every run, whatever else the
// machine does. Needs valgrind and libuv (Debian: libuv1-dev).
//
//   node core.js [--json FILE] [--operations 500]

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { build } = require('./driver/build');
const { toTable } = require('./driver/core-table');

const PROGRAMS = ['build/core', 'build/hub'];
const OUTPUT = path.join(__dirname, 'build/callgrind.out');

function listCases(program) {
  const text = execFileSync(program, { encoding: 'utf8' });

  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [, index, operations, bytes, name] =
        /^(\d+) (\d+) (\d+) (.*)$/.exec(line);

      return {
        program,
        index,
        operations: Number(operations),
        bytes: Number(bytes),
        name
      };
    });
}

// Instructions of one operation: those within `measured`, and all that it calls.
function countInstructions({ program, index, operations }, total) {
  const calls = Math.ceil(total / operations);

  execFileSync(
    'valgrind',
    [
      '--tool=callgrind',
      '--toggle-collect=measured',
      `--callgrind-out-file=${OUTPUT}`,
      program,
      index,
      String(calls)
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] }
  );

  const [, count] = /^totals: (\d+)/m.exec(fs.readFileSync(OUTPUT, 'utf8'));

  return Number(count) / calls / operations;
}

function main() {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      operations: { type: 'string', default: '500' }
    }
  });
  const total = Number(values.operations);

  for (const program of PROGRAMS) build(program);

  const results = PROGRAMS.map((name) => path.join(__dirname, name))
    .flatMap(listCases)
    .map((one) => ({
      name: one.name,
      bytes: one.bytes,
      instructions: countInstructions(one, total)
    }));

  if (values.json) {
    fs.writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  }
  console.log(toTable(results));
}

main();
