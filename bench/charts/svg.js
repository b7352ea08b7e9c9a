'use strict';

const echarts = require('echarts');

// Colours that differ for colour-blind readers too, on white and on black.
const colors = {
  floor: '#888888',
  ws: '#d55e00',
  'ws-bufferutil': '#e69f00',
  websocket: '#cc79a7',
  bun: '#009e73',
  node: '#56b4e9',
  uvws: '#0072b2'
};

const ink = '#222222';

const base = {
  animation: false,
  backgroundColor: '#ffffff',
  textStyle: { fontFamily: 'sans-serif', color: ink },
  legend: { top: 34, icon: 'roundRect' }
};

// Draws an ECharts option, as text that is the same for the same figures.
function toSvg(title, option, { width = 760, height = 420 } = {}) {
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width,
    height
  });

  try {
    chart.setOption({
      ...base,
      title: { text: title, left: 'center', textStyle: { fontSize: 15 } },
      ...option
    });
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}

module.exports = { colors, toSvg };
