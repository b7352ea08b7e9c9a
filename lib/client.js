'use strict';

const { randomBytes } = require('crypto');

const native = require('./native');
const extensions = require('./client-extensions');
const redirects = require('./client-redirect');
const { onClose, onError } = require('./diagnostics');
const {
  addRequest,
  addWishes,
  listProtocols,
  makeRequest,
  parseAddress,
  protocolSet,
  resolveOptions,
  urlError
} = require('./client-options');

const CONNECTING = 0;
const CLOSING = 2;
const KEY_BYTES = 16; // RFC 6455 4.1

/**
 * Connects a WebSocket to a server.
 *
 * @param {WebSocket} websocket The WebSocket
 * @param {(String|URL)} address Where to
 * @param {(String|String[]|Object)} [protocols] The subprotocols, or already
 *     the options
 * @param {Object} [options] The application's options
 * @return {Object} All options
 * @throws {SyntaxError} If the address or a subprotocol is invalid
 * @throws {RangeError} If the protocol version is unknown
 */
function connect(websocket, address, protocols, options) {
  const isOptions =
    typeof protocols === 'object' &&
    protocols !== null &&
    !Array.isArray(protocols);

  if (isOptions) {
    options = protocols;
    protocols = undefined;
  }
  if (protocols === undefined && options) protocols = options.protocols;

  return new Handshake(websocket, listProtocols(protocols), options).request(
    address
  );
}

/**
 * Gives a connection up that is not open yet: 'error' and 'close' follow.
 *
 * @param {WebSocket} websocket The WebSocket
 */
function abortConnecting(websocket) {
  const message = 'WebSocket was closed before the connection was established';
  const err = failure(message, abortConnecting);

  websocket._readyState = CLOSING;
  if (websocket._req) abortRequest(websocket._req);
  process.nextTick(emitErrorAndClose, websocket, err);
}

/**
 * An opening handshake: a request, and one more for every redirect.
 */
class Handshake {
  #websocket;
  #protocols;
  #options; // what every request starts from
  #count = 0; // redirects so far
  #original; // where the first request went

  constructor(websocket, protocols, options) {
    this.#websocket = websocket;
    this.#protocols = protocols;
    this.#options = options;
  }

  get websocket() {
    return this.#websocket;
  }

  /**
   * Sends a request.
   *
   * @param {(String|URL)} address Where to
   * @return {(Object|undefined)} All options; nothing if it came to nothing
   */
  request(address) {
    const websocket = this.#websocket;
    const options = resolveOptions(this.#options);
    const url = parseAddress(address);
    const err = urlError(url);

    websocket._url = url.href;
    if (err !== null) {
      if (this.#count === 0) throw err;
      emitErrorAndClose(websocket, err);
      return undefined;
    }

    const key = randomBytes(KEY_BYTES).toString('base64');
    const extension = extensions.make(options);
    const protocols = protocolSet(this.#protocols);

    addRequest(options, url, key);
    addWishes(options, extensions.offer(extension), this.#protocols);
    if (options.followRedirects) this.#carry(options, url);

    const req = makeRequest(options, url);

    websocket._req = req;
    if (this.#count > 0) websocket.emit('redirect', websocket.url, req);
    new Attempt(this, { address, extension, key, options, protocols, req });
    if (options.finishRequest) options.finishRequest(req, websocket);
    else req.end();
    return options;
  }

  /**
   * Follows a redirect.
   *
   * @param {String} location The header's value
   * @param {(String|URL)} base What it may be relative to
   * @param {Attempt} attempt The request that led here
   */
  redirect(location, base, attempt) {
    if (++this.#count > attempt.options.maxRedirects) {
      attempt.abort('Maximum redirects exceeded');
      return;
    }

    attempt.req.abort();

    let address;

    try {
      address = new URL(location, base);
    } catch {
      const err = new SyntaxError(`Invalid URL: ${location}`);

      emitErrorAndClose(this.#websocket, err);
      return;
    }

    this.request(address);
  }

  #carry(options, url) {
    const place = redirects.placeOf(url, options);

    if (this.#count === 0) {
      this.#original = place;
      this.#options = redirects.copyOptions(this.#options);
    } else if (this.#websocket.listenerCount('redirect') === 0) {
      redirects.dropCredentials(options, place, this.#original);
    }
    redirects.carryCredentials(this.#options, options.auth);
  }
}

/**
 * One request of a handshake, and what comes of it.
 */
class Attempt {
  #handshake;
  #websocket;
  #address;
  #extension;
  #key;
  #protocols;
  #isOver = false;

  constructor(handshake, what) {
    this.#handshake = handshake;
    this.#websocket = handshake.websocket;
    this.#address = what.address;
    this.#extension = what.extension;
    this.#key = what.key;
    this.#protocols = what.protocols;
    this.options = what.options;
    this.req = what.req;

    if (this.options.timeout) {
      this.req.on('timeout', () =>
        this.abort('Opening handshake has timed out')
      );
    }
    this.req.on('error', (err) => this.#onError(err));
    this.req.on('response', (res) => this.#onResponse(res));
    this.req.on('upgrade', (res, socket, head) =>
      this.#onUpgrade(res, socket, head)
    );
  }

  /**
   * Gives the handshake up.
   *
   * @param {String} message Why
   */
  abort(message) {
    const err = failure(message, this.abort);

    this.#websocket._readyState = CLOSING;
    abortRequest(this.req);
    process.nextTick(emitErrorAndClose, this.#websocket, err);
  }

  #onError(err) {
    if (this.#isOver || abortedRequests.has(this.req)) return;
    this.#isOver = true;
    this.#websocket._req = null;
    emitErrorAndClose(this.#websocket, err);
  }

  #onResponse(res) {
    const { statusCode } = res;
    const { location } = res.headers;
    const isRedirect = location && statusCode >= 300 && statusCode < 400;

    if (isRedirect && this.options.followRedirects) {
      this.#handshake.redirect(location, this.#address, this);
    } else if (!this.#websocket.emit('unexpected-response', this.req, res)) {
      this.abort(`Unexpected server response: ${statusCode}`);
    }
  }

  #onUpgrade(res, socket, head) {
    const websocket = this.#websocket;

    websocket.emit('upgrade', res);
    // A listener may have closed it.
    if (websocket._readyState !== CONNECTING) return;

    this.#isOver = true;
    websocket._req = null;

    const error =
      this.#checkAccept(res.headers) ??
      this.#takeProtocol(res.headers['sec-websocket-protocol']) ??
      this.#takeExtensions(res.headers['sec-websocket-extensions']);

    if (error) {
      destroySocket(websocket, socket, failure(error, this.#onUpgrade));
      return;
    }

    const { options } = this;

    websocket.setSocket(socket, head, {
      allowSynchronousEvents: options.allowSynchronousEvents,
      generateMask: options.generateMask,
      maxBufferedChunks: options.maxBufferedChunks,
      maxFragments: options.maxFragments,
      maxPayload: options.maxPayload,
      skipUTF8Validation: options.skipUTF8Validation
    });
  }

  // Each gives what is wrong, if something is.

  #checkAccept(headers) {
    if (headers.upgrade?.toLowerCase() !== 'websocket') {
      return 'Invalid Upgrade header';
    }
    if (headers['sec-websocket-accept'] !== native.acceptValue(this.#key)) {
      return 'Invalid Sec-WebSocket-Accept header';
    }
    return undefined;
  }

  #takeProtocol(protocol) {
    const isRequested = this.#protocols.size > 0;

    if (protocol === undefined) {
      return isRequested ? 'Server sent no subprotocol' : undefined;
    }
    if (!isRequested) {
      return 'Server sent a subprotocol but none was requested';
    }
    if (!this.#protocols.has(protocol)) {
      return 'Server sent an invalid subprotocol';
    }
    this.#websocket._protocol = protocol;
    return undefined;
  }

  #takeExtensions(header) {
    if (header === undefined) return undefined;

    const { accepted, error } = extensions.accept(this.#extension, header);

    if (accepted) this.#websocket._extensions = accepted;
    return error;
  }
}

// Requests that were given up: what becomes of them is not told.
const abortedRequests = new WeakSet();

function abortRequest(req) {
  abortedRequests.add(req);
  req.abort();
  // Once a request is over, abort() leaves its socket alone.
  if (req.socket && !req.socket.destroyed) req.socket.destroy();
}

function destroySocket(websocket, socket, err) {
  websocket._readyState = CLOSING;
  socket.destroy(err);
  socket.once('error', (reason) => websocket.emit('error', reason));
  socket.once('close', () => websocket.emitClose());
}

function emitErrorAndClose(websocket, err) {
  websocket._readyState = CLOSING;
  websocket._errorEmitted = true;
  onError(websocket, err);
  websocket.emit('error', err);
  onClose(websocket);
  websocket.emitClose();
}

// Its stack begins where the application called.
function failure(message, below) {
  const err = new Error(message);

  Error.captureStackTrace(err, below);
  return err;
}

module.exports = { abortConnecting, connect };
