'use strict';

const { closeReason } = require('./payload');
const { checkMilliseconds } = require('./option-checks');

const GOING_AWAY = 1001;
const DEFAULT_TIMEOUT_MS = 30000;

/**
 * Closes a server and its clients.
 *
 * @param {WebSocketServer} wss The server
 * @param {Object} options See `WebSocketServer#close()`
 * @param {Object} server What can be done with it: `stop(cb)` accepting, and
 *     `dropRest()` of handshakes and HTTP connections
 * @param {Function} [cb] Called when the server is closed
 * @return {(Promise|undefined)} A promise where there is no callback
 */
function closeGracefully(wss, options, server, cb) {
  const checked = checkOptions(wss, options);

  if (cb !== undefined) {
    start(wss, checked, server, cb);
    return undefined;
  }

  return new Promise((resolve, reject) => {
    start(wss, checked, server, (err) => (err ? reject(err) : resolve()));
  });
}

function checkOptions({ clients }, options) {
  const {
    closeClients = true,
    code = GOING_AWAY,
    reason = '',
    timeout = DEFAULT_TIMEOUT_MS
  } = options;

  checkMilliseconds(timeout, 'timeout');
  closeReason(code, reason);
  if (clients === undefined) {
    throw new TypeError('The clients are known with "clientTracking" only');
  }
  return { closeClients, code, reason, timeout };
}

function start(wss, { closeClients, code, reason, timeout }, server, cb) {
  let timer;

  server.stop((err) => {
    clearTimeout(timer);
    cb(err);
  });
  if (closeClients) wss.clients.forEach((ws) => ws.close(code, reason));
  if (timeout === 0) terminateAll(wss, server);
  else timer = setTimeout(terminateAll, timeout, wss, server);
}

function terminateAll(wss, server) {
  wss.clients.forEach((ws) => ws.terminate());
  server.dropRest();
}

module.exports = { closeGracefully };
