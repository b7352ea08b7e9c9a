'use strict';

const assert = require('assert');

const { Tail } = require('../../tools/tail');
const { countResults, isWorthShowing } = require('../../tools/tap');

describe('the counts of npm test', () => {
  it('come from each line of TAP that tells a result', () => {
    const output = [
      '# mask_test',
      '1..4',
      'ok 1 - unmasks_in_place',
      'not ok 2 - starts_at_an_offset',
      '# 0x1 != 0x2',
      'not ok 3 # SKIP takes_long',
      'ok 4 - okay',
      '# not ok - mask_test',
      'not ok - utf8_test ended with status 134',
      'ok, this is prose'
    ].join('\n');

    assert.deepStrictEqual(countResults(output), {
      passed: 2,
      failed: 2,
      skipped: 1
    });
  });

  it('show what failed and hide what went well', () => {
    assert(isWorthShowing('not ok 2 - starts_at_an_offset'));
    assert(isWorthShowing('# 0x1 != 0x2'));
    assert(!isWorthShowing('ok 1 - unmasks_in_place'));
  });
});

describe('what npm test tells again', () => {
  function tailOf(limit, ...pieces) {
    const tail = new Tail(limit);
    for (const piece of pieces) tail.write(piece);
    return String(tail);
  }

  it('is the last lines, however they came', () => {
    assert.strictEqual(tailOf(2, 'one\ntwo\nthree\n'), 'two\nthree');
    assert.strictEqual(tailOf(2, 'one\ntw', 'o\nth', 'ree'), 'two\nthree');
    assert.strictEqual(tailOf(2, 'one\n', '\n', 'three', '\n'), '\nthree');
  });

  it('is all where there is little', () => {
    assert.strictEqual(tailOf(3, 'one\ntwo'), 'one\ntwo');
    assert.strictEqual(tailOf(3), '');
  });
});
