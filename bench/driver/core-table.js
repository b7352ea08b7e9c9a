'use strict';

// The counts of core.js as a Markdown table.
function toTable(results) {
  const rows = results.map(({ name, bytes, instructions }) => {
    const perByte = bytes > 0 ? (instructions / bytes).toFixed(2) : '';

    return `| ${name} | ${Math.round(instructions).toLocaleString('en')} | ${perByte} |`;
  });

  return [
    '| operation | instructions | per byte |',
    '| --- | --: | --: |',
    ...rows
  ].join('\n');
}

module.exports = { toTable };
