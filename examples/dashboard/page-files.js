'use strict';

const fs = require('fs');
const path = require('path');

const page = (name) => path.join(__dirname, 'public', name);
const uplot = (name) =>
  path.join(path.dirname(require.resolve('uplot/package.json')), 'dist', name);

// Only what is named here is ever served: no path comes from a request.
const files = new Map([
  ['/', load(page('index.html'), 'text/html')],
  ['/dashboard.css', load(page('dashboard.css'), 'text/css')],
  ['/dashboard.mjs', load(page('dashboard.mjs'), 'text/javascript')],
  ['/charts.mjs', load(page('charts.mjs'), 'text/javascript')],
  ['/feed.mjs', load(page('feed.mjs'), 'text/javascript')],
  ['/icon.svg', load(page('icon.svg'), 'image/svg+xml')],
  ['/uplot.mjs', load(uplot('uPlot.esm.js'), 'text/javascript')],
  ['/uplot.css', load(uplot('uPlot.min.css'), 'text/css')]
]);

const securityHeaders = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; " +
    "img-src 'self'; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache'
};

/** Answers an HTTP request with a file of the page, 404 or 405. */
function servePage(req, res) {
  const file = files.get(req.url.split('?', 1)[0]);

  if (req.method !== 'GET' && req.method !== 'HEAD') {
    answer(res, 405, 'Method not allowed\n', { Allow: 'GET, HEAD' });
  } else if (!file) {
    answer(res, 404, 'Not found\n');
  } else {
    answer(res, 200, file.body, { 'Content-Type': file.type });
  }
}

function answer(res, status, body, headers) {
  res.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    ...securityHeaders,
    ...headers
  });
  res.end(body);
}

function load(file, type) {
  return { type: `${type}; charset=utf-8`, body: fs.readFileSync(file) };
}

module.exports = servePage;
