'use strict';

const cluster = require('cluster');
const dns = require('dns');
const http = require('http');
const net = require('net');
const os = require('os');
const util = require('util');

const native = require('./native');
const { listeners } = require('./inbox');

const DEFAULT_BACKLOG = 511;

// As node:http has it.
const CHECKING_INTERVAL_MS = 30000;

/**
 * A listening socket of C's own, shaped like the handle of a `net.Server`: the
 * server's `address()`, `close()`, `ref()`, `listening`... work on it as on
 * node's.
 */
class ListenerHandle {
  #id;
  #server;
  #onUpgrade;
  #onClosed = null;
  #hasRef = true;

  /**
   * @param {http.Server} server The server that this is the handle of
   * @param {Function} onUpgrade Decides an upgrade; see `listen()`
   */
  constructor(server, onUpgrade) {
    this.#server = server;
    this.#onUpgrade = onUpgrade;
  }

  /**
   * @param {String} host A numeric address
   * @param {Number} port The port, 0 for any free one
   * @param {Number} backlog How many connections may wait to be accepted
   * @param {Boolean} reusePort Whether others may listen on the port too
   * @return {Number} 0, or a negative error
   */
  listen(host, port, backlog, reusePort) {
    const isIPv6Only = false;
    const id = native.listen(
      host,
      port,
      backlog,
      isIPv6Only,
      this.#server.headersTimeout,
      reusePort
    );

    if (id < 0) return id;
    this.#id = id;
    listeners[id] = this;
    return 0;
  }

  getsockname(out) {
    const address = native.listenerAddress(this.#id);

    if (address === undefined) return -1;
    Object.assign(out, address);
    return 0;
  }

  close(callback) {
    this.#onClosed = callback;
    native.listenerClose(this.#id);
  }

  ref() {
    this.#hasRef = true;
    native.listenerRef(this.#id);
  }

  unref() {
    this.#hasRef = false;
    native.listenerUnref(this.#id);
  }

  hasRef() {
    return this.#hasRef;
  }

  onRequest(request) {
    this.#onUpgrade(request);
  }

  onCount(change) {
    countConnections(this.#server, change);
  }

  onClosed() {
    if (this.#onClosed) this.#onClosed();
  }
}

/**
 * Keeps the server's number of connections, at whose end 'close' is emitted.
 *
 * @param {http.Server} server The server
 * @param {Number} change 1 or -1
 */
function countConnections(server, change) {
  server._connections += change;
  if (change < 0) server._emitCloseIfDrained();
}

/**
 * Makes the socket of an accepted descriptor, as node's own accept does: the
 * server counts it until it is destroyed.
 *
 * @param {http.Server} server The server
 * @param {Number} fd The descriptor
 * @param {Object} [options] More options of the socket
 * @return {net.Socket} The socket
 */
function socketOf(server, fd, options) {
  const socket = new net.Socket({
    allowHalfOpen: true,
    fd,
    readable: true,
    writable: true,
    ...options
  });

  socket.server = server;
  socket._server = server;
  return socket;
}

/**
 * Hands the descriptor that is being decided to node:http, with what was
 * received from it, as if the server had accepted it itself.
 *
 * @param {http.Server} server The server
 * @param {Object} request See `listen()`
 */
function handToHttp(server, { id, head, rest }) {
  const socket = socketOf(server, native.handOut(id));

  if (rest !== undefined) socket.unshift(rest);
  socket.unshift(Buffer.from(head, 'latin1'));
  server.emit('connection', socket);
}

/**
 * Makes an HTTP server listen through C where that is possible: on a TCP port
 * that is not shared through the primary of a cluster. Elsewhere node listens.
 *
 * @param {http.Server} server The server
 * @param {Object} options `port`, `host`, `backlog`, `reusePort`
 * @param {Function} [callback] A listener for 'listening'
 * @param {Function} onUpgrade Called with a request to decide through `native`,
 *     or to put off, before it returns: `id`, `verdict`, `head` (latin1), `rest`
 *     (a Buffer, if there is any) and `protocol` (the first one offered, or '')
 */
function listen(server, options, callback, onUpgrade) {
  const { backlog, host } = options;
  const reusePort = options.reusePort === true;
  const port = toPort(options.port);

  const isShared = cluster.isWorker && !reusePort;

  if (port === -1 || isShared || !native.hasDescriptors) {
    if (reusePort) listenReusing(server, options, port, callback);
    else server.listen(options.port, host, backlog, callback);
    return;
  }

  if (typeof callback === 'function') server.once('listening', callback);

  const start = (address) =>
    listenOn(server, new ListenerHandle(server, onUpgrade), {
      address,
      backlog: backlog > 0 ? backlog : DEFAULT_BACKLOG,
      port,
      reusePort
    });

  if (host) {
    // Another one once the server has been closed meanwhile.
    const listeningId = server._listeningId;

    dns.lookup(host, (err, address) => {
      if (err) server.emit('error', err);
      else if (server._listeningId === listeningId) start(address);
    });
  } else {
    start();
  }
}

/**
 * Makes node listen on a port that others may listen on too. Node before 22.12
 * does not know the option and would keep the port to itself.
 */
function listenReusing(server, { backlog, host }, port, callback) {
  const [major, minor] = process.versions.node.split('.').map(Number);

  if (port === -1) {
    throw new TypeError('The "reusePort" option needs a TCP port');
  }

  if (major > 22 || (major === 22 && minor >= 12)) {
    server.listen({ backlog, host, port, reusePort: true }, callback);
  } else {
    const err = listenError(-os.constants.errno.ENOTSUP, host ?? '::', port);

    process.nextTick(() => server.emit('error', err));
  }
}

/**
 * Tells which TCP port a value names, as `net.Server#listen()` understands it.
 *
 * @return {Number} The port, or -1 if node has to judge the value
 */
function toPort(value) {
  if (typeof value === 'string' && value.trim() === '') return -1;
  if (typeof value !== 'number' && typeof value !== 'string') return -1;

  const port = Number(value);

  return Number.isInteger(port) && port >= 0 && port <= 65535 ? port : -1;
}

function listenOn(server, handle, { address, backlog, port, reusePort }) {
  let host = address ?? '::';
  let err = handle.listen(host, port, backlog, reusePort);

  // Without an address, and without IPv6, any IPv4 address will do.
  if (err < 0 && address === undefined && !isInUse(err)) {
    host = '0.0.0.0';
    err = handle.listen(host, port, backlog, reusePort);
  }

  if (err < 0) {
    process.nextTick(() => server.emit('error', listenError(err, host, port)));
    return;
  }

  server._handle = handle;
  server._connectionKey = `${host.includes(':') ? 6 : 4}:${host}:${port}`;
  process.nextTick(() => {
    if (server._handle === handle) server.emit('listening');
  });
}

function isInUse(errno) {
  return util.getSystemErrorName(errno) === 'EADDRINUSE';
}

// The error that net.Server#listen() gives.
function listenError(errno, address, port) {
  const [code, text] = util.getSystemErrorMap().get(errno) ?? [
    'UNKNOWN',
    'unknown error'
  ];
  const err = new Error(`listen ${code}: ${text} ${address}:${port}`);

  return Object.assign(err, { code, errno, syscall: 'listen', address, port });
}

/**
 * Makes the server behind `{ port }`: whatever asks for no upgrade gets a 426.
 *
 * @param {Object} options Options of the WebSocket server
 * @return {http.Server} The server; it does not listen yet
 */
function createServer({ handshakeTimeout }) {
  return http.createServer(timeouts(handshakeTimeout), (req, res) => {
    const body = http.STATUS_CODES[426];

    res.writeHead(426, {
      'Content-Length': body.length,
      'Content-Type': 'text/plain'
    });
    res.end(body);
  });
}

/**
 * Makes the options by which node:http keeps a time for requests. It looks for
 * late ones at intervals only.
 */
function timeouts(ms) {
  if (ms === undefined || ms === null) return {};

  return {
    connectionsCheckingInterval:
      ms > 0 ? Math.min(Math.ceil(ms / 4), CHECKING_INTERVAL_MS) : undefined,
    headersTimeout: ms,
    requestTimeout: ms
  };
}

module.exports = {
  countConnections,
  createServer,
  handToHttp,
  listen,
  socketOf
};
