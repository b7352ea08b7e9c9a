'use strict';

// What the pages of examples/chat and examples/dashboard need of an HTTP server.

const fs = require('fs');

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

/**
 * Makes a listener for 'request' that answers with a file, 404 or 405.
 *
 * @param {[path: string, type: string, file: string][]} list What there is. Only
 *   what is named here is ever served: no file's path comes from a request
 */
function serveFiles(list) {
  const files = new Map(
    list.map(([path, type, file]) => [path, load(file, type)])
  );

  return (req, res) => {
    const file = files.get(req.url.split('?', 1)[0]);

    if (req.method !== 'GET' && req.method !== 'HEAD') {
      answer(res, 405, 'Method not allowed\n', { Allow: 'GET, HEAD' });
    } else if (!file) {
      answer(res, 404, 'Not found\n');
    } else {
      answer(res, 200, file.body, { 'Content-Type': file.type });
    }
  };
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

module.exports = serveFiles;
