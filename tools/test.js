'use strict';

/*
 * `npm test`: from a bare clone to the last line "N passed, N failed".
 *
 *   npm test -- --only core,parity    only these steps, named below
 *   npm test -- --slow                also the slow tests, as under CI=true
 *   npm test -- --no-build            on the addon as it lies there
 *   npm test -- --lanes 1             one step after the other
 *
 * Most tests wait more than they work, so two steps run at a time.
 */

const fs = require('fs');
const os = require('os');
const path = require('path');
const { parseArgs } = require('util');

const { bootstrap } = require('./bootstrap');
const { runInLanes } = require('./lanes');
const { root, isCI, loud, run } = require('./run');
const { Tail } = require('./tail');
const { countResults, isWorthShowing } = require('./tap');

const STEP_LIMIT_MS = 10 * 60 * 1000;
const EXTRA_STEP_LIMIT_MS = 60 * 60 * 1000; // under valgrind or sanitizers
const TOLD_AGAIN = 80; // lines of a step that failed, above the totals
const NOTHING = { passed: 0, failed: 0, skipped: 0 };

/*
 * The steps, in order. make: a folder and its target, which prints TAP; mocha:
 * folders of *.test.js; program: a check that adds to the totals only when it
 * fails. Pieces of setup-test-deps.sh: a step that needs one is left out
 * without it, one that wants one leaves out some of its tests. isExtra: only
 * when asked for.
 */
const steps = [
  {
    name: 'lint',
    program: [process.execPath, ['tools/lint.js']],
    wants: ['clang-format', 'clang-tidy']
  },
  {
    name: 'core',
    make: ['test/core', 'check'],
    needs: ['cmocka', 'clang', 'sanitizers', 'zlib']
  },
  {
    name: 'net',
    make: ['test/net', 'check'],
    needs: ['cmocka', 'clang', 'sanitizers', 'uv']
  },
  {
    name: 'fuzz',
    make: ['fuzz', 'replay'],
    needs: ['clang', 'sanitizers', 'zlib']
  },
  { name: 'ws', mocha: ['parity', 'conformance'], implementation: 'ws' },
  { name: 'lib', mocha: ['lib'] },
  { name: 'parity', mocha: ['parity'], wants: ['openssl'] },
  { name: 'conformance', mocha: ['conformance'], wants: ['openssl'] },
  { name: 'faults', mocha: ['faults'], needs: ['clang'] },
  { name: 'examples', mocha: ['examples'], wants: ['chromium'] },
  { name: 'adapters', mocha: ['adapters'], needs: ['redis'] },
  { name: 'vectors', mocha: ['core'] },
  { name: 'types', mocha: ['types'] },
  { name: 'integration', mocha: ['integration'] },
  { name: 'package', mocha: ['package'] },
  {
    name: 'valgrind-core',
    make: ['test/core', 'valgrind'],
    needs: ['cmocka', 'clang', 'valgrind', 'zlib'],
    isExtra: true
  },
  {
    name: 'valgrind-net',
    make: ['test/net', 'valgrind'],
    needs: ['cmocka', 'clang', 'valgrind', 'uv'],
    isExtra: true
  },
  {
    name: 'threads',
    make: ['test/net', 'threads'],
    needs: ['cmocka', 'clang', 'sanitizers', 'uv'],
    isExtra: true
  },
  {
    name: 'asan',
    mocha: ['lib', 'parity', 'conformance'],
    environment: () => require('./asan').prepareAsan(),
    isExtra: true
  },
  {
    name: 'streams',
    mocha: ['parity', 'conformance', 'integration'],
    environment: () => require('./streams').prepareStreams(),
    isExtra: true
  }
];

function limitOf({ isExtra }) {
  return isExtra ? EXTRA_STEP_LIMIT_MS : STEP_LIMIT_MS;
}

/** A failure that no test could report, told in the log and counted as one. */
function crash(name, reason, output = (text) => process.stderr.write(text)) {
  output(`${name}: ${reason}\n`);
  return { ...NOTHING, failed: 1 };
}

/** Counts of a test program, given how it ended. */
function judge(name, code, counts, output) {
  if (code !== 0 && counts.failed === 0) {
    const { failed } = crash(name, `ended with ${code}`, output);
    return { ...counts, failed };
  }
  if (counts.passed + counts.failed === 0) {
    return crash(name, 'no test was run', output);
  }
  return counts;
}

/** Installs what it can; resolves with the pieces that are missing then. */
async function setUpDependencies(chosen) {
  const pieces = new Set(
    chosen.flatMap(({ needs = [], wants = [] }) => [...needs, ...wants])
  );
  if (pieces.size === 0) return [];

  const { stdout } = await run('sh', ['tools/setup-test-deps.sh', ...pieces], {
    show: () => undefined
  });
  return stdout.split('\n').filter(Boolean);
}

async function build() {
  await require('./build').compile();

  // A prebuild lying about must never be what is tested.
  const loaded = require('node-gyp-build').path(root);
  const built = path.join(root, 'build', 'Release', 'uvws.node');
  if (loaded !== built) throw new Error(`The tests would load ${loaded}`);
}

async function runMake(step, output) {
  const { name, make } = step;
  const [folder, target] = make;
  const { code, stdout } = await run('make', ['-C', folder, target], {
    env: { CMOCKA_MESSAGE_OUTPUT: 'TAP' },
    limitMs: limitOf(step),
    output,
    show: (line) => (isWorthShowing(line) ? line : undefined)
  });
  return judge(name, code, countResults(stdout), output);
}

function testFiles(folder) {
  return fs
    .readdirSync(path.join(root, 'test', folder), { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => path.join('test', folder, name))
    .sort();
}

async function runMocha(step, output) {
  const { name, mocha, implementation, environment } = step;
  const files = mocha.flatMap(testFiles);
  if (files.length === 0) return crash(name, 'no test file was found', output);

  const record = path.join(
    os.tmpdir(),
    `uvws-counts-${process.pid}-${name}.json`
  );
  const { code } = await run(
    process.execPath,
    ['node_modules/mocha/bin/mocha.js', ...files],
    {
      env: {
        UVWS_IMPL: implementation ?? 'uvws',
        UVWS_TEST_COUNTS: record,
        ...(await environment?.())
      },
      limitMs: limitOf(step),
      output
    }
  );

  if (!fs.existsSync(record)) return judge(name, code, NOTHING, output);
  const counts = JSON.parse(fs.readFileSync(record, 'utf8'));
  fs.rmSync(record);
  return judge(name, code, counts, output);
}

async function runProgram(step, output) {
  const { name, program } = step;
  const [command, args] = program;
  const { code } = await run(command, args, {
    limitMs: limitOf(step),
    output
  });
  return code === 0 ? NOTHING : crash(name, `ended with ${code}`, output);
}

/** What keeps a step from being run at all: missing pieces or folders. */
function findLacking({ needs = [], make, mocha = [] }, missing) {
  const folders = make ? [make[0]] : mocha.map((folder) => `test/${folder}`);

  return [
    ...needs.filter((piece) => missing.includes(piece)),
    ...folders.filter((folder) => !fs.existsSync(path.join(root, folder)))
  ];
}

async function runStep(step, missing, show) {
  const lacking = findLacking(step, missing);
  const start = Date.now();
  const tail = new Tail(TOLD_AGAIN);
  const output = (text) => {
    tail.write(text);
    show(text);
  };

  output(`\n== ${step.name}\n`);
  if (lacking.length > 0) {
    const pieces = lacking.join(', ');
    output(`${loud(`${step.name} is left out for want of: ${pieces}`)}\n`);
    return { ...NOTHING, skipped: 1 };
  }

  const runKind = step.make ? runMake : step.mocha ? runMocha : runProgram;
  const counts = await runKind(step, output);
  const seconds = Math.round((Date.now() - start) / 1000);
  return { ...counts, seconds, tail: String(tail) };
}

function report(results) {
  const totals = { ...NOTHING };

  // Who sees only the end of a long log shall see what failed.
  for (const [name, { failed, tail }] of results) {
    if (failed > 0 && tail) console.log(`\n== ${name} failed:\n${tail}`);
  }

  console.log('');
  for (const [name, { passed, failed, skipped, seconds = 0 }] of results) {
    totals.passed += passed;
    totals.failed += failed;
    totals.skipped += skipped;
    console.log(
      `${name.padEnd(12)} ${passed} ok, ${failed} not, ${skipped} left out, ${seconds} s`
    );
  }

  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
  console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
  if (totals.failed > 0) process.exitCode = 1;
}

function chosenSteps(only) {
  if (!only) return steps.filter((step) => !step.isExtra);

  const names = only.split(',');
  const known = steps.map((step) => step.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return steps.filter((s) => names.includes(s.name));
  throw new Error(`No step ${unknown}; there are ${known.join(', ')}`);
}

async function runAll(chosen, isBuilt, lanes) {
  const missing = await setUpDependencies(chosen);
  const results = [];

  if (isCI && missing.length > 0) {
    results.push(['deps', crash('deps', `missing: ${missing.join(', ')}`)]);
  }

  try {
    await bootstrap();
    if (isBuilt) await build();
  } catch (err) {
    return [...results, ['build', crash('build', err.message)]];
  }

  const tasks = chosen.map((step) => async (output) => [
    step.name,
    await runStep(step, missing, output)
  ]);
  return [...results, ...(await runInLanes(tasks, lanes))];
}

async function main() {
  const { values: options } = parseArgs({
    options: {
      only: { type: 'string' },
      slow: { type: 'boolean', default: isCI },
      'no-build': { type: 'boolean', default: false },
      lanes: { type: 'string', default: '2' }
    }
  });
  const chosen = chosenSteps(options.only);

  // The loader must look nowhere but here.
  delete process.env.PREBUILDS_ONLY;
  delete process.env.UVWS_PREBUILD;
  if (options.slow) process.env.UVWS_TEST_SLOW = '1';

  const lanes = Math.max(1, Number.parseInt(options.lanes, 10) || 1);
  report(await runAll(chosen, !options['no-build'], lanes));
}

main().catch((err) => {
  console.error(err.message);
  process.exitCode = 1;
});
