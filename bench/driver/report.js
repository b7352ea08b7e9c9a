'use strict';

// The summary as a Markdown table.

const columns = [
  'scenario',
  'server',
  'CPU µs (min–max)',
  'x cheaper than ws',
  'of floor',
  'of Bun',
  'per second',
  'p50 µs',
  'p99 µs'
];

const notes = [
  'CPU: server user+system time per message, copy or handshake; B: bytes of ' +
    'memory per idle connection.',
  'Medians over the rounds; ratios are medians of the rounds’ own ratios.',
  '* the server waited for its core more than 10 % of the time: others ' +
    'were using the machine.',
  '† the load generator was busy all the time.'
];

function digits(value) {
  if (value === undefined) return '';

  const abs = Math.abs(value);

  if (abs >= 100) return value.toFixed(0);
  if (abs >= 10) return value.toFixed(1);
  return value.toFixed(2);
}

function range(spread) {
  if (!spread) return '';
  return (
    `${digits(spread.median)} ` +
    `(${digits(spread.min)}–${digits(spread.max)})`
  );
}

function row(entry, isFirst) {
  const marks = (entry.isDisturbed ? '*' : '') + (entry.isLoadBound ? '†' : '');
  const unit = entry.per === 'connection' ? ' B' : '';
  const failed = entry.failures > 0 ? ` failed ${entry.failures}x` : '';

  return [
    isFirst ? entry.scenario : '',
    entry.server,
    range(entry.value) + unit + marks + failed,
    range(entry.timesCheaperThanWs),
    range(entry.ofFloor),
    range(entry.ofBun),
    digits(entry.perSecond?.median),
    digits(entry.p50?.median),
    digits(entry.p99?.median)
  ];
}

function line(cells) {
  return `| ${cells.join(' | ')} |`;
}

function toMarkdown(summary) {
  const lines = [
    line(columns),
    line(columns.map((name, i) => (i < 2 ? '---' : '--:')))
  ];
  let scenario;

  for (const entry of summary) {
    lines.push(line(row(entry, entry.scenario !== scenario)));
    scenario = entry.scenario;
  }

  return [...lines, '', ...notes.map((note) => `- ${note}`)].join('\n');
}

module.exports = { toMarkdown };
