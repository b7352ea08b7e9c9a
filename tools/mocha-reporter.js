'use strict';

const fs = require('fs');
const { reporters, Runner } = require('mocha');

/**
 * Mocha's spec output; besides, the counts as JSON in the file that
 * UVWS_TEST_COUNTS names. Written only at the end: no file, no whole run.
 */
class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.UVWS_TEST_COUNTS;

    if (!file) return;
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const counts = { passed: passes, failed: failures, skipped: pending };
      fs.writeFileSync(file, JSON.stringify(counts));
    });
  }
}

module.exports = Reporter;
