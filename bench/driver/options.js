'use strict';

const { parseArgs } = require('node:util');

const usage = `usage: node run.js [options]
  --full               all servers and scenarios, 5 rounds of 2 s
  --growth             how the cost grows with connections, sizes, subscribers
  --scenario A,B       only these; a prefix selects all that begin with it
  --servers A,B        only these
  --rounds N           (3)
  --seconds S          measured in each round (0.6)
  --warmup S           before it (0.4)
  --server-core N      (0)    --load-core N   (1)    --no-pin
  --json FILE          where the results go (build/results.json)
  --list               the names of all scenarios and servers`;

const flags = {
  full: { type: 'boolean' },
  growth: { type: 'boolean' },
  scenario: { type: 'string', multiple: true },
  servers: { type: 'string', multiple: true },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  warmup: { type: 'string' },
  'server-core': { type: 'string', default: '0' },
  'load-core': { type: 'string', default: '1' },
  'no-pin': { type: 'boolean' },
  json: { type: 'string' },
  list: { type: 'boolean' },
  help: { type: 'boolean' }
};

function number(values, name, fallback) {
  const value = values[name] === undefined ? fallback : Number(values[name]);

  if (!(value >= 0)) throw new Error(`--${name} must be a number\n${usage}`);
  return value;
}

function names(values) {
  return values?.flatMap((value) => value.split(',')).filter(Boolean);
}

// Throws with the usage as its message when the command line is wrong.
function parseOptions(args) {
  let values;

  try {
    ({ values } = parseArgs({ args, options: flags }));
  } catch (err) {
    throw new Error(`${err.message}\n${usage}`, { cause: err });
  }
  if (values.help) throw new Error(usage);

  const full = values.full === true;

  return {
    full,
    growth: values.growth === true,
    list: values.list === true,
    scenarios: names(values.scenario),
    servers: names(values.servers),
    rounds: Math.max(1, number(values, 'rounds', full ? 5 : 3)),
    seconds: number(values, 'seconds', full ? 2 : 0.6),
    warmup: number(values, 'warmup', full ? 1 : 0.4),
    pin: values['no-pin'] !== true,
    serverCore: number(values, 'server-core'),
    loadCore: number(values, 'load-core'),
    json: values.json
  };
}

module.exports = { parseOptions };
