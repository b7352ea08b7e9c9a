'use strict';

// Measures servers x scenarios and prints a table; README.md tells the method.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { build } = require('./driver/build');
const { describeMachine } = require('./driver/machine');
const { plan, measureAll } = require('./driver/measure');
const { parseOptions } = require('./driver/options');
const { toMarkdown } = require('./driver/report');
const { canHaveDescriptors } = require('./driver/processes');
const { scenarios } = require('./driver/scenarios');
const { servers, isAvailable } = require('./driver/servers');
const { summarize } = require('./driver/summary');

function select(list, wanted, isDefault, matches) {
  if (!wanted) return list.filter(isDefault);

  return wanted.flatMap((name) => {
    const found = list.filter((entry) => matches(entry.name, name));

    if (found.length === 0) throw new Error(`nothing is called ${name}`);
    return found;
  });
}

function selectScenarios({ scenarios: wanted, full, growth }) {
  const isExact = (name) => scenarios.some((entry) => entry.name === name);
  const isDefault = growth
    ? (entry) => entry.isGrowth
    : (entry) => entry.short || (full && !entry.isGrowth);
  const selected = select(scenarios, wanted, isDefault, (name, asked) =>
    isExact(asked) ? name === asked : name.startsWith(asked)
  );

  return selected.filter(({ name, descriptors }) => {
    const isPossible = !descriptors || canHaveDescriptors(descriptors);

    if (!isPossible) {
      console.error(`skipping ${name}: it needs ${descriptors} descriptors`);
    }
    return isPossible;
  });
}

function selectServers({ servers: wanted, full }) {
  const isDefault = (entry) => full || entry.short;
  const selected = select(servers, wanted, isDefault, (a, b) => a === b);
  const missing = selected.filter((server) => !isAvailable(server));

  for (const { name } of missing) {
    console.error(`skipping ${name}: not built or not installed`);
  }

  return selected.filter((server) => !missing.includes(server));
}

function checkCores({ pin, serverCore, loadCore }) {
  if (pin && Math.max(serverCore, loadCore) >= os.cpus().length) {
    throw new Error('no such core; try --server-core, --load-core, --no-pin');
  }
}

function list() {
  for (const { name } of scenarios) console.log(`scenario ${name}`);
  for (const { name } of servers) console.log(`server ${name}`);
}

async function measure(options) {
  const chosen = selectScenarios(options);
  const steps = plan(chosen, selectServers(options), options.rounds);
  const samples = await measureAll(steps, options, (sample, done) => {
    const outcome = sample.error ?? JSON.stringify(sample.result);

    console.error(
      `${done}/${steps.length} ${sample.scenario} ${sample.server} ${outcome}`
    );
  });

  return { samples, summary: summarize(chosen, samples) };
}

async function main() {
  const options = parseOptions(process.argv.slice(2));

  if (options.list) {
    list();
    return;
  }

  checkCores(options);
  build();

  const machine = describeMachine();
  const { samples, summary } = await measure(options);
  const file = options.json ?? path.join(__dirname, 'build/results.json');
  const results = { machine, options, summary, samples };

  fs.writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  console.log(toMarkdown(summary));
  if (samples.some((sample) => sample.error)) process.exitCode = 1;
}

main().catch((err) => {
  console.error(err.message);
  process.exitCode = 2;
});
