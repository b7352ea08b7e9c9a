'use strict';

const EventEmitter = require('events');

const native = require('./native');
const ConnectionLimits = require('./connection-limits');
const HttpUpgrade = require('./http-upgrade');
const ServerStatistics = require('./server-statistics');
const extensions = require('./server-extensions');
const { joinHub, newHub, readLimits } = require('./limits');
const { RUNNING, checkServerOptions, hasPort } = require('./server-options');
const subprotocol = require('./subprotocol');
const { Topics, checkTopic } = require('./topics');
const WebSocket = require('./websocket');
const {
  destroyOnError,
  pathOf,
  refusalOf,
  refuse,
  refuseOrEmit
} = require('./upgrade-checks');
const { admit } = require('./admission');
const { closeGracefully } = require('./graceful-close');
const { countConnections, createServer } = require('./listener');
const { onOpen } = require('./diagnostics');
const { listenNatively } = require('./native-server');
const {
  CLOSE_TIMEOUT,
  MAX_PAYLOAD,
  MAX_PENDING_AUTO_PONGS,
  kResponse,
  kWebSocket
} = require('./constants');

const CLOSING = 1;
const CLOSED = 2;

/**
 * A WebSocket server, as `ws` has it.
 *
 * @extends EventEmitter
 */
class WebSocketServer extends EventEmitter {
  // The HTTP server behind `port`, once it is being closed.
  #closing = null;

  /**
   * @param {Object} options Options; exactly one of `port`, `server` and
   *     `noServer` must be there
   * @param {Object} [options.adapter] Passes what is published on to servers of
   *     other processes: see lib/adapters/adapter.d.ts
   * @param {Function} [options.addressOf] Names where a client comes from, given
   *     its request; by default the socket's remote address
   * @param {Function} [options.authenticate] Finds out who a client is, given
   *     its request and `reject(status, headers, body)`; may give a promise
   * @param {Number} [options.backlog=511] How many connections may wait to be
   *     accepted
   * @param {Boolean} [options.clientTracking=true] Whether to keep `clients`
   * @param {Number} [options.closeTimeout=30000] ms from `close()` to giving up
   * @param {String} [options.host] Where to listen
   * @param {Number} [options.handshakeTimeout=60000] ms for a request, with
   *     `port` only, and for `authenticate`; 0: no limit
   * @param {Number} [options.maxConnections=0] Connections at a time, 0: no limit
   * @param {Number} [options.maxConnectionsPerAddress=0] The same for each
   *     address
   * @param {Number} [options.maxFragments=16384] Frames of a message, 0: no
   *     limit
   * @param {Number} [options.maxPayload=104857600] Bytes of a message, 0: no
   *     limit
   * @param {Boolean} [options.noServer=false] Upgrades come by hand only
   * @param {String} [options.path] The only pathname to accept
   * @param {(Boolean|Object)} [options.perMessageDeflate=false] Whether messages
   *     may be compressed; see PerMessageDeflate for what it may hold
   * @param {(Number|String)} [options.port] The port to listen on
   * @param {Boolean} [options.reusePort=false] Whether other processes may
   *     listen on the port too
   * @param {(http.Server|https.Server)} [options.server] A server to share
   * @param {Function} [callback] A listener for 'listening', with `port`
   */
  constructor(options, callback) {
    super();

    options = {
      allowSynchronousEvents: true,
      autoPong: true,
      maxBufferedChunks: 256 * 1024,
      maxFragments: 16 * 1024,
      maxPayload: MAX_PAYLOAD,
      maxPendingAutoPongs: MAX_PENDING_AUTO_PONGS,
      skipUTF8Validation: false,
      perMessageDeflate: false,
      handleProtocols: null,
      clientTracking: true,
      closeTimeout: CLOSE_TIMEOUT,
      verifyClient: null,
      noServer: false,
      backlog: null,
      server: null,
      host: null,
      path: null,
      port: null,
      WebSocket,
      ...options
    };

    checkServerOptions(options);
    if (options.perMessageDeflate === true) options.perMessageDeflate = {};

    if (options.clientTracking) {
      this.clients = new Set();
      this._shouldEmitClose = false;
    }

    this.options = options;
    this._state = RUNNING;
    this._hubLimits = readLimits(options);
    this._hub = newHub(this._hubLimits);
    this._statistics = new ServerStatistics(this._hub);
    this._topics = new Topics(this._hub, options.adapter, this);
    this._limits = ConnectionLimits.of(options);
    this._undecided = new Set();
    this._verifying = new Set();

    if (hasPort(options)) {
      this._server = createServer(options);
      this._listenTo(this._server);
      listenNatively(this, methods, callback);
    } else if (options.server) {
      this._server = options.server;
      this._listenTo(this._server);
    }
  }

  /**
   * @return {?Object} What the HTTP server's `address()` returns
   * @throws {Error} In "noServer" mode
   */
  address() {
    if (this.options.noServer) {
      throw new Error('The server is operating in "noServer" mode');
    }

    if (!this._server) return null;
    return this._server.address();
  }

  /**
   * Sends a message to all subscribers of a topic.
   *
   * @param {String} topic The topic
   * @param {*} data As for a client's `send()`, but no Blob
   * @param {Object} [options] `binary` and `compress`, as for `send()`
   * @return {Number} How many clients of this server it was sent to
   * @throws {TypeError} If an argument is of the wrong kind
   */
  publish(topic, data, options) {
    return this._topics.publish(checkTopic(topic), data, options);
  }

  /**
   * Sends a message to all clients, as `publish()` does to subscribers.
   */
  broadcast(data, options) {
    return this._topics.publish(null, data, options);
  }

  /**
   * @param {String} topic The topic
   * @return {Number} Its subscribers on this server
   * @throws {TypeError} If the topic is no string
   */
  numSubscribers(topic) {
    return this._topics.count(topic);
  }

  /**
   * Tells what the server has done since it was made. Bytes and messages are
   * counted without cost; reading them goes through the clients once.
   *
   * @return {Object} `connections` that are open; `handshakes`: `accepted`,
   *     `refused` (by HTTP status) and `undecided`; `messages`, their `payload`
   *     and the `bytes` of the transport: `received` and `sent`; `queuedBytes`
   *     that are not written yet; `compression` of what was sent: bytes `before`
   *     and `after`, and their `ratio`; `closes` by code; `errors` by code;
   *     `silent` connections that `heartbeatInterval` ended
   */
  stats() {
    const undecided = this._undecided.size + this._verifying.size;

    return this._statistics.read(undecided, this.clients);
  }

  /**
   * Stops accepting. Clients stay connected, unless options are given; 'close'
   * is emitted when the last one is gone.
   *
   * @param {(Function|Object)} [cb] A listener for 'close', which gets an error
   *     if the server was closed before; or options
   * @param {Boolean} [cb.closeClients=true] Whether to start the closing
   *     handshake with each client
   * @param {Number} [cb.code=1001] The close code
   * @param {(String|Uint8Array)} [cb.reason] Why, in at most 123 bytes
   * @param {Number} [cb.timeout=30000] ms until the clients that are left are
   *     terminated
   * @param {Function} [listener] With options, a listener for 'close'
   * @return {(Promise|undefined)} A promise, with options and no listener
   * @throws {TypeError|RangeError} If an option is wrong
   */
  close(cb, listener = undefined) {
    if (typeof cb === 'object' && cb !== null) {
      const server = {
        stop: (done) => this.#close(done),
        dropRest: () => this.#dropRest()
      };

      return closeGracefully(this, cb, server, listener);
    }

    this.#close(cb);
    return undefined;
  }

  #close(cb) {
    if (this._state === CLOSED) {
      if (cb) {
        this.once('close', () => cb(new Error('The server is not running')));
      }

      process.nextTick(emitClose, this);
      return;
    }

    if (cb) this.once('close', cb);
    if (this._state === CLOSING) return;
    this._state = CLOSING;
    this._undecided.forEach((one) => one.giveUp());

    const server = this._server;

    if (server) {
      this._removeListeners();
      this._removeListeners = this._server = null;
    }

    if (hasPort(this.options)) {
      this.#closing = server;
      server.close(() => emitClose(this));
    } else if (this.clients && this.clients.size > 0) {
      this._shouldEmitClose = true;
    } else {
      process.nextTick(emitClose, this);
    }
  }

  // Requests that never end, and handshakes that nobody decides.
  #dropRest() {
    this._verifying.forEach((socket) => socket.destroy());
    this.#closing?.closeAllConnections();
  }

  /**
   * Tells whether a request is for this server. Meant to be overridden.
   *
   * @param {http.IncomingMessage} req The request
   * @return {Boolean} `true` if it is
   */
  shouldHandle(req) {
    return !this.options.path || pathOf(req.url) === this.options.path;
  }

  /**
   * Does the server's part of the opening handshake (RFC 6455 4.2).
   *
   * @param {http.IncomingMessage} req The request
   * @param {Duplex} socket The socket between server and client
   * @param {Buffer} head What was received behind the request
   * @param {Function} cb Called with the WebSocket and the request
   */
  handleUpgrade(req, socket, head, cb) {
    socket.on('error', destroyOnError);

    const refusal = refusalOf(req);

    if (refusal !== null) {
      refuseOrEmit(this, req, socket, ...refusal);
      return;
    }

    if (!this.shouldHandle(req)) {
      refuse(this, req, socket, 400);
      return;
    }

    const header = req.headers['sec-websocket-protocol'];
    let protocols = new Set();

    if (header !== undefined) {
      try {
        protocols = subprotocol.parse(header);
      } catch {
        const message = 'Invalid Sec-WebSocket-Protocol header';

        refuseOrEmit(this, req, socket, 400, message);
        return;
      }
    }

    const offered = req.headers['sec-websocket-extensions'];
    let agreed;

    try {
      agreed = extensions.negotiate(this.options, offered);
    } catch {
      const message = 'Invalid or unacceptable Sec-WebSocket-Extensions header';

      refuseOrEmit(this, req, socket, 400, message);
      return;
    }

    const key = req.headers['sec-websocket-key'];
    const handshake = { agreed, key, protocols, req, socket, head, cb };

    admit(this, new HttpUpgrade(this, handshake));
  }

  /**
   * Answers an upgrade that passed all checks.
   *
   * @param {Object} agreed The extensions agreed on, by their names
   * @param {String} key The value of `Sec-WebSocket-Key`
   * @param {Set<String>} protocols The offered subprotocols
   * @param {http.IncomingMessage} req The request
   * @param {Duplex} socket The socket
   * @param {Buffer} head What was received behind the request
   * @param {Function} cb Called with the WebSocket and the request
   * @throws {Error} If the socket was upgraded already
   */
  completeUpgrade(agreed, key, protocols, req, socket, head, cb) {
    // The client has given up already.
    if (!socket.readable || !socket.writable) return socket.destroy();

    if (socket[kWebSocket]) {
      throw new Error(
        'server.handleUpgrade() was called more than once with the same ' +
          'socket, possibly due to a misconfiguration'
      );
    }

    if (this._state > RUNNING) return refuse(this, req, socket, 503);

    const headers = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${native.acceptValue(key)}`
    ];
    const ws = new this.options.WebSocket(null, undefined, this.options);

    if (protocols.size) {
      const protocol = this.options.handleProtocols
        ? this.options.handleProtocols(protocols, req)
        : protocols.values().next().value;

      if (protocol) {
        headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
        ws._protocol = protocol;
      }
    }

    const extensionsHeader = extensions.answer(agreed);

    if (extensionsHeader !== '') {
      headers.push(`Sec-WebSocket-Extensions: ${extensionsHeader}`);
      ws._extensions = agreed;
    }

    this.emit('headers', headers, req);
    socket.removeListener('error', destroyOnError);
    ws.setSocket(socket, head, {
      allowSynchronousEvents: this.options.allowSynchronousEvents,
      maxBufferedChunks: this.options.maxBufferedChunks,
      maxFragments: this.options.maxFragments,
      maxPayload: this.options.maxPayload,
      skipUTF8Validation: this.options.skipUTF8Validation,
      [kResponse]: headers.concat('\r\n').join('\r\n')
    });
    this._track(ws, req);
    cb(ws, req);
  }

  /**
   * Listens to the HTTP server.
   *
   * @private
   */
  _listenTo(server) {
    const emitConnection = this.emit.bind(this, 'connection');
    const listenersByEvent = {
      listening: this.emit.bind(this, 'listening'),
      error: this.emit.bind(this, 'error'),
      upgrade: (req, socket, head) => {
        this.handleUpgrade(req, socket, head, emitConnection);
      }
    };

    for (const [event, listener] of Object.entries(listenersByEvent)) {
      server.on(event, listener);
    }

    this._removeListeners = () => {
      for (const [event, listener] of Object.entries(listenersByEvent)) {
        server.removeListener(event, listener);
      }
    };
  }

  /**
   * Keeps a client until it is closed.
   *
   * @private
   */
  _track(ws, req) {
    ws._wss = this;
    this._statistics.countConnection();
    joinHub(this._hub, this._hubLimits, ws);
    if (this.clients) this.clients.add(ws);
    onOpen(ws, this, req);
  }

  /**
   * Forgets a client: it is closed.
   *
   * @private
   */
  _untrack(ws) {
    this._statistics.countClose(ws._closeCode);
    if (ws._giveBackPlace !== null) ws._giveBackPlace();
    if (this.clients) {
      this.clients.delete(ws);
      if (this._shouldEmitClose && !this.clients.size) {
        process.nextTick(emitClose, this);
      }
    }

    if (ws._httpServer !== undefined) countConnections(ws._httpServer, -1);
  }
}

const { completeUpgrade, handleUpgrade, shouldHandle } =
  WebSocketServer.prototype;
const methods = { completeUpgrade, handleUpgrade, shouldHandle };

module.exports = WebSocketServer;

function emitClose(server) {
  if (server._state !== CLOSED) server._topics.close();
  server._state = CLOSED;
  server.emit('close');
}
