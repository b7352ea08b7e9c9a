'use strict';

const http = require('http');
const { once } = require('events');

/** Asks 127.0.0.1 for a path as it is written, and reads the whole answer. */
async function request(port, path, method = 'GET') {
  const req = http.request({ host: '127.0.0.1', port, path, method });

  req.end();
  const [res] = await once(req, 'response');
  const body = Buffer.concat(await res.toArray()).toString();
  return { status: res.statusCode, headers: res.headers, body };
}

module.exports = request;
