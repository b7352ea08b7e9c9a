'use strict';

require('./substitute');

const http = require('http');
const { once } = require('events');

const { WebSocket, WebSocketServer } = require('../support/implementation');
const ForeignWebSocket = require('ws');
const { Peer, closeAll } = require('../examples/peer');
const request = require('../examples/request');

const HOST = '127.0.0.1';
const releases = [];

/* Classes that clients can be made with. */
const CLIENTS = {
  'a foreign client': ForeignWebSocket,
  'a client of the same kind': WebSocket
};

/** Has something done after the test, the last first. */
function onRelease(release) {
  releases.push(release);
}

/** Ends all that a test has opened. To be called after each. */
async function releaseAll() {
  closeAll();
  while (releases.length > 0) await releases.pop()();
}

/** Makes a server listen on a free port, until the test is over. */
async function listen(server) {
  server.listen(0, HOST);
  await once(server, 'listening');
  onRelease(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return server.address().port;
}

/** A node:http server around a handler, and a WebSocketServer that shares it. */
function serve(handler, options) {
  const server = http.createServer(handler);
  const wss = new WebSocketServer({ server, ...options });

  onRelease(() => wss.clients.forEach((client) => client.terminate()));
  return { server, wss };
}

module.exports = {
  CLIENTS,
  HOST,
  Peer,
  WebSocket,
  WebSocketServer,
  listen,
  onRelease,
  releaseAll,
  request,
  serve
};
