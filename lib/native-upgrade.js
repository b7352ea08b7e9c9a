'use strict';

const net = require('net');

const native = require('./native');
const { upgrades } = require('./inbox');
const extensions = require('./server-extensions');
const HttpUpgrade = require('./http-upgrade');
const ownedTransport = require('./owned-transport');
const Refusal = require('./refusal');
const UpgradeRequest = require('./upgrade-request');
const { onRefuse } = require('./diagnostics');
const { RUNNING } = require('./server-options');
const { socketOf } = require('./listener');
const { sessionArguments } = require('./session-options');
const { destroyOnError, refusalText } = require('./upgrade-checks');
const { EMPTY_BUFFER } = require('./constants');

const INTERNAL_ERROR = 500;
const SERVICE_UNAVAILABLE = 503;

// Characters of an answer that the kernel surely takes at once.
const SHORT_ANSWER = 2048;

/**
 * A valid upgrade to be decided by lib/admission.js, on a descriptor of C's: as
 * HttpUpgrade, without any socket, unless the application asks for it. For the
 * request it stands for the WebSocket that it becomes.
 */
class NativeUpgrade {
  #wss;
  #server;
  #request;
  #agreed;
  #websocket = null;
  #http = null; // what takes over once there is a socket
  #socket = null;
  #giveBack = null;
  #onGone = null;
  #isOver = false;

  /**
   * @param {WebSocketServer} wss The server
   * @param {http.Server} server The HTTP server that listens
   * @param {Object} request See `listen()` in lib/listener.js
   * @param {Object} agreed The extensions agreed on, by their names
   */
  constructor(wss, server, request, agreed) {
    this.#wss = wss;
    this.#server = server;
    this.#request = request;
    this.#agreed = agreed;
    this.req = new UpgradeRequest(request.head, this);
  }

  get _socket() {
    if (this.#websocket !== null) return this.#websocket._socket;
    if (this.#socket === null) this.#handOut();
    return this.#socket;
  }

  address() {
    return native.peerAddress(this.#request.id);
  }

  keepPlace(giveBack) {
    this.#giveBack = giveBack;
  }

  // With `verifyClient` upgrades go to node:http.
  verify(proceed) {
    proceed();
  }

  wait(onGone) {
    const { id } = this.#request;

    if (this.#http !== null) return this.#http.wait(onGone);
    if (!native.wait(id)) return false;

    this.#onGone = onGone;
    upgrades[id] = this;
    return true;
  }

  /**
   * The client is gone, or the listener is closed.
   */
  onAbandoned() {
    this.#end();
    this.#giveBack?.();
    this.#onGone();
  }

  accept(...data) {
    if (this.#http !== null) {
      this.#http.accept(...data);
      return;
    }
    if (this.#wss._state > RUNNING) {
      this.refuse(new Refusal(SERVICE_UNAVAILABLE));
      return;
    }

    this.#end();
    try {
      this.#websocket = this.#connect(data);
    } finally {
      if (this.#websocket === null) this.#drop('');
    }

    if (this.#websocket === null) return;

    this.#wss._track(this.#websocket, this.req);
    this.#wss.emit('connection', this.#websocket, this.req, ...data);
  }

  // What is still in C ends there.
  abandon() {
    this.#socket?.destroy();
  }

  refuse(refusal, error = undefined) {
    const { status, body, headers } = refusal;
    const text = refusalText(status, body, headers);

    if (this.#http !== null || text.length > SHORT_ANSWER) {
      this.#toHttp().refuse(refusal);
    } else {
      onRefuse(this.#wss, this.req, status, error);
      this.#end();
      this.#drop(text);
    }
  }

  fail(err) {
    if (this.#wss.listenerCount('wsClientError') > 0) this.#toHttp().fail(err);
    else this.refuse(new Refusal(INTERNAL_ERROR), err);
  }

  #end() {
    this.#isOver = true;
    upgrades[this.#request.id] = undefined;
  }

  #drop(text) {
    native.answer(this.#request.id, text);
    this.#giveBack?.();
  }

  /**
   * Makes the connection.
   *
   * @return {?WebSocket} The WebSocket, `null` if the client is gone
   */
  #connect(data) {
    const { options } = this.#wss;
    const { id, protocol, rest } = this.#request;
    const ws = new options.WebSocket(null, undefined, options);
    const extensionsHeader = extensions.answer(this.#agreed);

    if (extensionsHeader !== '') ws._extensions = this.#agreed;

    const slot = native.accept(
      id,
      ...sessionArguments(ws, options),
      protocol,
      extensionsHeader
    );

    if (slot === -1) return null;
    if (data.length > 0) ws.data = data[0];
    if (this.#giveBack !== null) ws._giveBackPlace = this.#giveBack;

    if (protocol !== '') ws._protocol = protocol;
    ws._httpServer = this.#server;
    ownedTransport.open(ws, slot, rest);
    ws._open(ownedTransport, options);
    return ws;
  }

  #toHttp() {
    if (this.#http === null) this.#handOut();
    return this.#http;
  }

  /**
   * Goes on with a socket, as if node:http had read the request.
   */
  #handOut() {
    const { id, protocol, rest = EMPTY_BUFFER } = this.#request;
    const fd = this.#isOver ? -1 : native.handOut(id);

    if (fd === -1) {
      this.#socket = new net.Socket().destroy();
      return;
    }

    const wss = this.#wss;

    this.#end();
    this.#socket = socketOf(this.#server, fd, { manualStart: true });
    this.#socket.on('error', destroyOnError);
    this.#http = new HttpUpgrade(wss, {
      req: this.req,
      socket: this.#socket,
      head: rest,
      agreed: this.#agreed,
      key: this.req.headers['sec-websocket-key'],
      protocols: new Set(protocol === '' ? [] : [protocol]),
      cb: wss.emit.bind(wss, 'connection')
    });
    if (this.#giveBack !== null) this.#http.keepPlace(this.#giveBack);
    if (this.#onGone !== null) this.#http.wait(this.#onGone);
  }
}

module.exports = NativeUpgrade;
