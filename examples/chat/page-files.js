'use strict';

const fs = require('fs');
const path = require('path');

// Only what is named here is ever served: no path comes from a request.
const files = new Map([
  ['/', load('index.html', 'text/html; charset=utf-8')],
  ['/theme.css', load('theme.css', 'text/css; charset=utf-8')],
  ['/chat.css', load('chat.css', 'text/css; charset=utf-8')],
  ['/chat.mjs', load('chat.mjs', 'text/javascript; charset=utf-8')],
  ['/connection.mjs', load('connection.mjs', 'text/javascript; charset=utf-8')],
  ['/view.mjs', load('view.mjs', 'text/javascript; charset=utf-8')],
  ['/icon.svg', load('icon.svg', 'image/svg+xml')]
]);

const securityHeaders = {
  // No inline script or style, nothing from elsewhere, and (trusted types) no
  // string that a script could turn into HTML.
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'"
  ].join('; '),
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

function load(name, type) {
  return { type, body: fs.readFileSync(path.join(__dirname, 'public', name)) };
}

module.exports = servePage;
