'use strict';

const http = require('http');
const https = require('https');
const net = require('net');
const querystring = require('querystring');
const tls = require('tls');

const { readLimits } = require('./limits');
const {
  CLOSE_TIMEOUT,
  MAX_PAYLOAD,
  MAX_PENDING_AUTO_PONGS
} = require('./constants');

// From what the application asks for to what `http.request()` takes.

const PROTOCOL_VERSIONS = [8, 13];
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/; // RFC 9110 5.6.2
const BAD_PROTOCOL =
  'The URL\'s protocol must be one of "ws:", "wss:", "http:", "https:", or ' +
  '"ws+unix:"';

/**
 * Completes the options of a client with the defaults. Where the request goes
 * is left to the URL alone.
 *
 * @param {Object} [options] The application's options
 * @return {Object} All options
 * @throws {RangeError} If the protocol version is unknown, or a limit is out of
 *     range
 * @throws {TypeError} If a limit is of the wrong kind
 */
function resolveOptions(options) {
  const resolved = {
    allowSynchronousEvents: true,
    autoPong: true,
    closeTimeout: CLOSE_TIMEOUT,
    protocolVersion: 13,
    maxBufferedChunks: 256 * 1024,
    maxFragments: 16 * 1024,
    maxPayload: MAX_PAYLOAD,
    maxPendingAutoPongs: MAX_PENDING_AUTO_PONGS,
    skipUTF8Validation: false,
    perMessageDeflate: true,
    followRedirects: false,
    maxRedirects: 10,
    ...options,
    socketPath: undefined,
    hostname: undefined,
    protocol: undefined,
    protocols: undefined,
    timeout: undefined,
    method: 'GET',
    host: undefined,
    path: undefined,
    port: undefined
  };

  if (!PROTOCOL_VERSIONS.includes(resolved.protocolVersion)) {
    throw new RangeError(
      `Unsupported protocol version: ${resolved.protocolVersion} ` +
        `(supported versions: ${PROTOCOL_VERSIONS.join(', ')})`
    );
  }
  readLimits(resolved);
  return resolved;
}

/**
 * Parses an address.
 *
 * @param {(String|URL)} address The address; a `URL` is not changed
 * @return {URL} The URL, `ws:` for `http:`
 * @throws {SyntaxError} If it is no URL
 */
function parseAddress(address) {
  let url;

  if (address instanceof URL) {
    url = address;
  } else {
    try {
      url = new URL(address);
    } catch {
      throw new SyntaxError(`Invalid URL: ${address}`);
    }
  }

  if (url.protocol === 'http:' || url.protocol === 'https:') {
    url = new URL(url);
    url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  }
  return url;
}

/**
 * Tells why a URL cannot be connected to.
 *
 * @param {URL} url The URL
 * @return {?SyntaxError} The error, or `null`
 */
function urlError({ protocol, pathname, hash }) {
  if (!['ws:', 'wss:', 'ws+unix:'].includes(protocol)) {
    return new SyntaxError(BAD_PROTOCOL);
  }
  if (protocol === 'ws+unix:' && !pathname) {
    return new SyntaxError("The URL's pathname is empty");
  }
  if (hash) return new SyntaxError('The URL contains a fragment identifier');
  return null;
}

/**
 * Makes a list of what was given as subprotocols.
 *
 * @param {*} protocols One, several in an array, or `undefined`
 * @return {Array} The list
 */
function listProtocols(protocols) {
  if (protocols === undefined) return [];
  return Array.isArray(protocols) ? protocols : [protocols];
}

/**
 * Makes the set of the subprotocols that are asked for.
 *
 * @param {Array} protocols The subprotocols
 * @return {Set<String>} The same
 * @throws {SyntaxError} If one is no token, or there twice
 */
function protocolSet(protocols) {
  const set = new Set();

  for (const protocol of protocols) {
    const isToken = typeof protocol === 'string' && TOKEN.test(protocol);

    if (!isToken || set.has(protocol)) {
      throw new SyntaxError(
        'An invalid or duplicated subprotocol was specified'
      );
    }
    set.add(protocol);
  }
  return set;
}

/**
 * Adds to the options of one attempt where its request goes and what it says.
 *
 * @param {Object} options The resolved options; changed
 * @param {URL} url The URL
 * @param {String} key The value of `Sec-WebSocket-Key`
 */
function addRequest(options, url, key) {
  const isSecure = url.protocol === 'wss:';
  const defaultPort = isSecure ? 443 : 80;

  options.createConnection =
    options.createConnection || (isSecure ? connectTls : connectTcp);
  options.defaultPort = options.defaultPort || defaultPort;
  options.port = url.port || defaultPort;
  options.host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  options.path = url.pathname + url.search;
  options.timeout = options.handshakeTimeout;
  options.headers = {
    ...options.headers,
    'Sec-WebSocket-Version': options.protocolVersion,
    'Sec-WebSocket-Key': key,
    Connection: 'Upgrade',
    Upgrade: 'websocket'
  };

  if (url.username || url.password) {
    const username = querystring.unescape(url.username);
    const password = querystring.unescape(url.password);

    options.auth = `${username}:${password}`;
  }
  if (url.protocol === 'ws+unix:') splitSocketPath(options);
}

/**
 * Adds the headers that depend on the application's wishes.
 *
 * @param {Object} options Options that `addRequest()` has completed; changed
 * @param {?String} extensions The extensions to offer
 * @param {Array} protocols The subprotocols
 */
function addWishes(options, extensions, protocols) {
  const { headers, origin, protocolVersion } = options;

  if (extensions !== null) headers['Sec-WebSocket-Extensions'] = extensions;
  if (protocols.length > 0) {
    headers['Sec-WebSocket-Protocol'] = protocols.join(',');
  }
  if (origin) {
    headers[protocolVersion < 13 ? 'Sec-WebSocket-Origin' : 'Origin'] = origin;
  }
}

// ws+unix:/where/the/socket/is:/path?query
function splitSocketPath(options) {
  const [socketPath] = options.path.split(':', 1);

  options.socketPath = socketPath;
  options.path = options.path.slice(socketPath.length + 1);
}

// The request's path would be taken for that of a Unix socket.
function connectTcp(options) {
  options.path = options.socketPath;
  return net.connect(options);
}

function connectTls(options) {
  options.path = undefined;
  if (!options.servername && options.servername !== '') {
    options.servername = net.isIP(options.host) ? '' : options.host;
  }
  return tls.connect(options);
}

/**
 * Makes the request, not sent yet.
 *
 * @param {Object} options The completed options
 * @param {URL} url The URL
 * @return {http.ClientRequest} The request
 */
function makeRequest(options, url) {
  return (url.protocol === 'wss:' ? https : http).request(options);
}

module.exports = {
  addRequest,
  addWishes,
  listProtocols,
  makeRequest,
  parseAddress,
  protocolSet,
  resolveOptions,
  urlError
};
