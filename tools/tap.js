'use strict';

/* What the C tests print: TAP, as cmocka writes it. */

const RESULT = /^\s*(not ok|ok)(?= *(\d|-|#|$))/;
const SKIP = /# SKIP\b/i;

/** Counts of all test lines in the output of any number of test programs. */
function countResults(output) {
  const counts = { passed: 0, failed: 0, skipped: 0 };

  for (const line of output.split('\n')) {
    const [, result] = RESULT.exec(line) ?? [];
    if (!result) continue;
    if (SKIP.test(line)) counts.skipped++;
    else if (result === 'ok') counts.passed++;
    else counts.failed++;
  }
  return counts;
}

/** Whether a line tells more than that all went well. */
function isWorthShowing(line) {
  return RESULT.exec(line)?.[1] !== 'ok';
}

module.exports = { countResults, isWorthShowing };
