'use strict';

// The summary for readers: a row per scenario, ratios only.

const columns = [
  'scenario',
  'times cheaper than ws (min–max)',
  'of Bun’s cost (min–max)',
  'of the floor’s',
  'ws + bufferutil',
  'websocket',
  'Bun'
];

function digits(value) {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function median(range) {
  return range ? digits(range.median) : '';
}

function withSpread(range) {
  if (!range) return '';
  return `${median(range)} (${digits(range.min)}–${digits(range.max)})`;
}

function row(name, entries, label = `\`${name}\``, server = 'uvws') {
  const of = (other) => entries.find((entry) => entry.server === other);
  const own = of(server);
  const mark = entries.some((entry) => entry.isDisturbed) ? ' *' : '';

  return [
    label + mark,
    withSpread(own?.timesCheaperThanWs),
    withSpread(own?.ofBun),
    median(own?.ofFloor),
    median(of('ws-bufferutil')?.timesCheaperThanWs),
    median(of('websocket')?.timesCheaperThanWs),
    median(of('bun')?.timesCheaperThanWs)
  ];
}

function line(cells) {
  return `| ${cells.join(' | ')} |`;
}

function namesOf(summary) {
  return [...new Set(summary.map(({ scenario }) => scenario))];
}

function table(header, rows) {
  const rule = header.map((_, i) => (i === 0 ? '---' : '--:'));

  return [header, rule, ...rows].map(line).join('\n');
}

function rowsOf(name, entries) {
  const rows = [row(name, entries)];

  if (entries.some(({ server }) => server === 'uvws-server')) {
    rows.push(row(name, entries, `\`${name}\`, \`{ server }\``, 'uvws-server'));
  }
  return rows;
}

// What uvws, and the others in the last three columns, cost against ws.
function compare(summary) {
  const costs = summary.filter((entry) => entry.per !== 'connection');
  const rows = namesOf(costs).flatMap((name) =>
    rowsOf(
      name,
      costs.filter(({ scenario }) => scenario === name)
    )
  );

  return table(columns, rows);
}

// Bytes per idle connection.
function compareMemory(summary) {
  const entries = summary
    .filter((entry) => entry.per === 'connection' && entry.value)
    .sort((a, b) => a.value.median - b.value.median);
  const rows = entries.map(({ server, value }) => [
    server,
    Math.round(value.median).toLocaleString('en')
  ]);

  return table(['server', 'bytes per idle connection'], rows);
}

// Latency at the same load, where messages are sent by the clock.
function compareLatency(summary) {
  const entries = summary.filter(
    ({ scenario, p50 }) => scenario.endsWith('-paced') && p50
  );
  const rows = entries.map(({ scenario, server, p50, p99 }) => [
    `\`${scenario}\``,
    server,
    median(p50),
    withSpread(p99)
  ]);

  return table(['scenario', 'server', 'p50 µs', 'p99 µs (min–max)'], rows);
}

module.exports = { compare, compareLatency, compareMemory };
