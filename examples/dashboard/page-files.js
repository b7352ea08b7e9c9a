'use strict';

const path = require('path');
const serveFiles = require('../shared/serve-files');

const page = (name) => path.join(__dirname, 'public', name);
const uplot = (name) =>
  path.join(path.dirname(require.resolve('uplot/package.json')), 'dist', name);

module.exports = serveFiles([
  ['/', 'text/html', page('index.html')],
  ['/theme.css', 'text/css', require.resolve('../shared/theme.css')],
  ['/dashboard.css', 'text/css', page('dashboard.css')],
  ['/dashboard.mjs', 'text/javascript', page('dashboard.mjs')],
  ['/charts.mjs', 'text/javascript', page('charts.mjs')],
  ['/feed.mjs', 'text/javascript', page('feed.mjs')],
  ['/icon.svg', 'image/svg+xml', page('icon.svg')],
  ['/uplot.mjs', 'text/javascript', uplot('uPlot.esm.js')],
  ['/uplot.css', 'text/css', uplot('uPlot.min.css')]
]);
