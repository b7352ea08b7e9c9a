'use strict';

const { colors, toSvg } = require('./svg');

const servers = ['uvws', 'bun'];
const ROW_HEIGHT = 36;
const FRAME_HEIGHT = 130;

function round(value) {
  return Number(value.toPrecision(3));
}

// How many times cheaper than ws uvws and Bun are, per scenario. ws itself is
// the axis: what grows to the right is cheaper, to the left dearer.
function drawTimesCheaper(summary, title) {
  const entries = summary.filter(
    (entry) => entry.timesCheaperThanWs && entry.per !== 'connection'
  );
  const names = [...new Set(entries.map((entry) => entry.scenario))];
  const value = (server, scenario) => {
    const found = entries.find(
      (entry) => entry.server === server && entry.scenario === scenario
    );

    return found ? round(found.timesCheaperThanWs.median) : null;
  };
  const series = servers.map((server) => ({
    name: server,
    type: 'bar',
    barGap: '10%',
    barCategoryGap: '25%',
    color: colors[server],
    data: names.map((name) => value(server, name)),
    label: { show: true, position: 'right', fontSize: 9 }
  }));

  return toSvg(
    title,
    {
      grid: { left: 160, right: 60, top: 70, bottom: 40 },
      xAxis: {
        type: 'log',
        min: 0.5,
        max: 50,
        axisLabel: { formatter: '{value}×' }
      },
      yAxis: { type: 'category', inverse: true, data: names },
      series
    },
    { height: FRAME_HEIGHT + ROW_HEIGHT * names.length }
  );
}

module.exports = { drawTimesCheaper };
