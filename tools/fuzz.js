'use strict';

/*
 * `npm run fuzz`: searches each parser of core for inputs that break it.
 *
 *   npm run fuzz                        ten seconds each
 *   npm run fuzz -- --long              half an hour each
 *   npm run fuzz -- --targets utf8,frame --seconds 60
 */

const { parseArgs } = require('util');

const { run } = require('./run');

const SHORT_S = '10';
const LONG_S = '1800';

async function main() {
  const { values: options } = parseArgs({
    options: {
      long: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      targets: { type: 'string' }
    }
  });
  const seconds = options.seconds ?? (options.long ? LONG_S : SHORT_S);
  const args = ['-C', 'fuzz', 'run', `SECONDS=${seconds}`];

  if (options.targets) {
    args.push(`TARGETS=${options.targets.replaceAll(',', ' ')}`);
  }
  process.exitCode = (await run('make', args)).code;
}

main();
