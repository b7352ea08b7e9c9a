'use strict';

const { colors, toSvg } = require('./svg');

const KIB = 1024;
const MIB = KIB * KIB;

function formatBytes(bytes) {
  if (bytes >= MIB) return `${bytes / MIB} MiB`;
  if (bytes >= KIB) return `${bytes / KIB} KiB`;
  return `${bytes} B`;
}

function lineSeries(server, data) {
  return {
    name: server,
    type: 'line',
    color: colors[server],
    lineStyle: { type: server === 'floor' ? 'dashed' : 'solid' },
    symbolSize: 6,
    data
  };
}

// The points of a family as equal steps: they lie a constant factor apart, or
// nearly, and each is labelled.
function drawGrowth(summary, family, { title, unit, isBytes }) {
  const entries = summary.filter((entry) => entry.family === family);
  const points = [...new Set(entries.map(({ x }) => x))].sort((a, b) => a - b);
  const servers = [...new Set(entries.map(({ server }) => server))];
  const median = (server, x) =>
    entries.find((entry) => entry.server === server && entry.x === x)?.value
      ?.median ?? null;

  return toSvg(title, {
    grid: { left: 60, right: 30, top: 80, bottom: 50 },
    xAxis: {
      type: 'category',
      name: unit,
      nameLocation: 'middle',
      nameGap: 30,
      data: points.map((x) =>
        isBytes ? formatBytes(x) : x.toLocaleString('en')
      )
    },
    yAxis: {
      type: isBytes ? 'log' : 'value',
      name: 'CPU µs',
      min: isBytes ? undefined : 0
    },
    series: servers.map((server) =>
      lineSeries(
        server,
        points.map((x) => median(server, x))
      )
    )
  });
}

// Resident memory over time, one line per server.
function drawMemory(samples, title) {
  const servers = [...new Set(samples.map(({ server }) => server))];
  const pointsOf = (name) =>
    samples
      .filter(({ server }) => server === name)
      .map(({ seconds, rss }) => [seconds, Number((rss / MIB).toFixed(1))]);

  return toSvg(title, {
    grid: { left: 60, right: 30, top: 80, bottom: 50 },
    xAxis: {
      type: 'value',
      name: 'seconds',
      nameLocation: 'middle',
      nameGap: 30,
      max: 'dataMax',
      axisLabel: { showMaxLabel: false }
    },
    yAxis: { type: 'value', name: 'RSS, MiB', min: 0 },
    series: servers.map((server) => ({
      ...lineSeries(server, pointsOf(server)),
      showSymbol: false
    }))
  });
}

module.exports = { drawGrowth, drawMemory };
