'use strict';

const EventEmitter = require('events');

const native = require('./native');
const extensions = require('./server-extensions');
const NativeUpgrade = require('./native-upgrade');
const { admit } = require('./admission');
const { onRefuse } = require('./diagnostics');
const { bindContext } = require('./async-context');
const { closeCodeOf, statusOf } = require('./protocol-error');
const WebSocket = require('./websocket');
const { handToHttp, listen } = require('./listener');
const { pathOf } = require('./upgrade-checks');
const { RUNNING } = require('./server-options');
const { STATUS_OK } = require('./constants');

// The requests that the native listener has read: what is a plain upgrade is
// decided here, the rest goes to node:http.

const { setSocket } = WebSocket.prototype;

// ws judges the version as a number: "13.0" will do. Seen too seldom for C.
const ERR_VERSION = statusOf('ERR_HANDSHAKE_VERSION');

/**
 * Makes the internal server listen, through C where that is possible.
 *
 * @param {WebSocketServer} wss The server
 * @param {Object} methods Those of WebSocketServer as they were: what has been
 *     overridden or patched since is called
 * @param {Function} [callback] A listener for 'listening'
 */
function listenNatively(wss, methods, callback) {
  const server = wss._server;

  listen(
    server,
    wss.options,
    callback,
    bindContext((request) => decide(wss, methods, server, request))
  );
}

function decide(wss, methods, server, request) {
  const { verdict, head } = request;

  if (!isDecided(verdict) || !canDecide(wss, methods, server, head)) {
    handToHttp(server, request);
  } else if (verdict === STATUS_OK) {
    const agreed = negotiate(wss, head);

    if (agreed === null) handToHttp(server, request);
    else admit(wss, new NativeUpgrade(wss, server, request, agreed));
  } else {
    native.refuse(request.id, verdict);
    onRefuse(wss, null, closeCodeOf(verdict));
  }
}

// DEFER and the like are above OK, refusals below.
function isDecided(verdict) {
  return verdict <= STATUS_OK && verdict !== ERR_VERSION;
}

/**
 * Tells whether an upgrade may be answered without node:http: no part of the
 * application but `authenticate` could see or change what happens.
 */
function canDecide(wss, methods, server, head) {
  const { options } = wss;

  return (
    !options.verifyClient &&
    !options.handleProtocols &&
    wss._state === RUNNING &&
    wss.emit === EventEmitter.prototype.emit &&
    wss.handleUpgrade === methods.handleUpgrade &&
    wss.completeUpgrade === methods.completeUpgrade &&
    wss.shouldHandle === methods.shouldHandle &&
    options.WebSocket.prototype.setSocket === setSocket &&
    wss.listenerCount('headers') === 0 &&
    wss.listenerCount('wsClientError') === 0 &&
    server.listenerCount('upgrade') === 1 &&
    server.listenerCount('connection') === 1 &&
    (!options.path || pathOf(targetOf(head)) === options.path)
  );
}

function targetOf(head) {
  const start = head.indexOf(' ') + 1;

  return head.slice(start, head.indexOf(' ', start));
}

/**
 * Agrees to what a client offers in the head of a request.
 *
 * @return {?Object} The extensions, or `null` if node:http is to refuse them
 */
function negotiate({ options }, head) {
  if (!options.perMessageDeflate) return {};

  try {
    return extensions.negotiate(options, extensions.findHeader(head));
  } catch {
    return null;
  }
}

module.exports = { listenNatively };
