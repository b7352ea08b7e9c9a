'use strict';

const http = require('http');

const { onRefuse } = require('./diagnostics');

// The HTTP side of the opening handshake (RFC 6455 4.2.1): what `ws` checks of a
// request, and how it refuses one.

const keyRegex = /^[+/0-9A-Za-z]{22}==$/;

function pathOf(url) {
  const index = url.indexOf('?');

  return index === -1 ? url : url.slice(0, index);
}

/**
 * Judges the request of an upgrade.
 *
 * @param {http.IncomingMessage} req The request
 * @return {?Array} Status, message and headers of the refusal, `null` for none
 */
function refusalOf(req) {
  const { headers } = req;
  const key = headers['sec-websocket-key'];
  const version = +headers['sec-websocket-version'];

  if (req.method !== 'GET') return [405, 'Invalid HTTP method'];
  if (headers.upgrade?.toLowerCase() !== 'websocket') {
    return [400, 'Invalid Upgrade header'];
  }
  if (key === undefined || !keyRegex.test(key)) {
    return [400, 'Missing or invalid Sec-WebSocket-Key header'];
  }
  if (version !== 13 && version !== 8) {
    return [
      400,
      'Missing or invalid Sec-WebSocket-Version header',
      { 'Sec-WebSocket-Version': '13, 8' }
    ];
  }
  return null;
}

/**
 * Asks the application's `verifyClient`.
 *
 * @param {Function} verify With two parameters it answers through the second
 * @param {http.IncomingMessage} req The request
 * @param {Function} decide Called with whether the client is accepted; if not,
 *     perhaps with status, message and headers of the refusal
 */
function verifyClient(verify, req, decide) {
  const { headers } = req;
  const info = {
    origin:
      +headers['sec-websocket-version'] === 8
        ? headers['sec-websocket-origin']
        : headers.origin,
    secure: !!(req.socket.authorized || req.socket.encrypted),
    req
  };

  if (verify.length === 2) verify(info, decide);
  else decide(verify(info));
}

function destroyOnError() {
  this.destroy();
}

/**
 * Makes the response that refuses an upgrade.
 *
 * @param {Number} code The HTTP status
 * @param {String} [message] The body
 * @param {Object} [extraHeaders] More headers, or other values
 * @return {String} The response
 */
function refusalText(code, message, extraHeaders) {
  const body = message || http.STATUS_CODES[code];
  const headers = {
    Connection: 'close',
    'Content-Type': 'text/html',
    'Content-Length': Buffer.byteLength(body),
    ...extraHeaders
  };
  const lines = Object.keys(headers).map((name) => `${name}: ${headers[name]}`);

  return (
    `HTTP/1.1 ${code} ${http.STATUS_CODES[code] ?? ''}\r\n` +
    `${lines.join('\r\n')}\r\n\r\n${body}`
  );
}

/**
 * Refuses an upgrade and closes the connection; see `refusalText()`.
 *
 * @param {WebSocketServer} server The server
 * @param {http.IncomingMessage} req The request
 * @param {Duplex} socket The socket
 */
function refuse(server, req, socket, code, message, extraHeaders) {
  onRefuse(server, req, code);
  abort(socket, code, message, extraHeaders);
}

function abort(socket, code, message, extraHeaders) {
  socket.once('finish', socket.destroy);
  socket.end(refusalText(code, message, extraHeaders));
}

/**
 * Lets the application refuse an upgrade, if it listens to 'wsClientError'.
 *
 * @param {(String|Error)} why The body, or an error that no client may see
 */
function refuseOrEmit(server, req, socket, code, why, headers) {
  const [message, error] =
    typeof why === 'string' ? [why, undefined] : [undefined, why];

  onRefuse(server, req, code, error);
  if (server.listenerCount('wsClientError') > 0) {
    server.emit('wsClientError', error ?? new Error(message), socket, req);
  } else {
    abort(socket, code, message, headers);
  }
}

module.exports = {
  destroyOnError,
  pathOf,
  refusalOf,
  refusalText,
  refuse,
  refuseOrEmit,
  verifyClient
};
