'use strict';

const { channel } = require('diagnostics_channel');
const util = require('util');

// What happens rarely enough to be told to whoever watches: subscribers of the
// channels, NODE_DEBUG=uvws, and a server's statistics. doc/monitoring.md

const channels = {
  open: channel('uvws.connection.open'),
  close: channel('uvws.connection.close'),
  error: channel('uvws.connection.error'),
  refuse: channel('uvws.handshake.refuse')
};

const debug = util.debuglog('uvws');

const numbers = new WeakMap();
let lastNumber = 0;

/**
 * @param {WebSocket} websocket A connection that is open now
 * @param {WebSocketServer} [server] Its server
 * @param {http.IncomingMessage} [request] Its request
 */
function onOpen(websocket, server, request) {
  if (channels.open.hasSubscribers) {
    channels.open.publish({ websocket, server, request });
  }
  if (debug.enabled) {
    const url = server === undefined ? websocket.url : request.url;

    debug('%s: open, %s', nameOf(websocket), url);
  }
}

/**
 * @param {WebSocket} websocket A connection that is gone
 */
function onClose(websocket) {
  const { _closeCode: code, _closeMessage: reason, _wss: server } = websocket;

  if (channels.close.hasSubscribers) {
    channels.close.publish({ websocket, server, code, reason });
  }
  if (debug.enabled) {
    debug('%s: closed with %d %j', nameOf(websocket), code, `${reason}`);
  }
}

/**
 * @param {WebSocket} websocket A connection that failed
 * @param {Error} error Why
 */
function onError(websocket, error) {
  const { _wss: server } = websocket;

  server?._statistics.countError(error);
  if (channels.error.hasSubscribers) {
    channels.error.publish({ websocket, server, error });
  }
  if (debug.enabled) {
    debug('%s: %s, %s', nameOf(websocket), error.code, error.message);
  }
}

/**
 * @param {WebSocketServer} server The server
 * @param {?http.IncomingMessage} request The request, where it was made
 * @param {Number} status The HTTP status of the refusal
 * @param {Error} [error] What the application has thrown
 */
function onRefuse(server, request, status, error) {
  server._statistics.countRefusal(status);
  if (channels.refuse.hasSubscribers) {
    channels.refuse.publish({ server, request, status, error });
  }
  debug('handshake refused with %d %s', status, error?.stack ?? '');
}

// Names a connection in the traces; C gives its slot to the next one.
function nameOf(websocket) {
  if (!numbers.has(websocket)) numbers.set(websocket, ++lastNumber);

  const role = websocket._isServer ? 'server' : 'client';

  return `${role} connection ${numbers.get(websocket)}`;
}

module.exports = { onClose, onError, onOpen, onRefuse };
