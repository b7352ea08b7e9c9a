'use strict';

const {
  checkFunction,
  checkInteger,
  checkMilliseconds
} = require('./option-checks');

// A server's `_state` until it is closed.
const RUNNING = 0;

// What ws does not have. Its own options are taken as they are, like there.
const checks = {
  addressOf: checkFunction,
  authenticate: checkFunction,
  handshakeTimeout: checkMilliseconds,
  maxConnections: checkInteger,
  maxConnectionsPerAddress: checkInteger
};

/**
 * Tells whether a server is to listen on a port of its own.
 *
 * @param {Object} options Options of the server
 * @return {Boolean} `true` if it is
 */
function hasPort({ port }) {
  return port !== null && port !== undefined;
}

/**
 * Checks the options of a server, its defaults filled in.
 *
 * @param {Object} options The options
 * @throws {TypeError} If one is of the wrong kind, or is missing
 * @throws {RangeError} If a number is out of range
 */
function checkServerOptions(options) {
  if (
    (!hasPort(options) && !options.server && !options.noServer) ||
    (hasPort(options) && (options.server || options.noServer)) ||
    (options.server && options.noServer)
  ) {
    throw new TypeError(
      'One and only one of the "port", "server", or "noServer" options ' +
        'must be specified'
    );
  }

  checkReusePort(options);
  checkAdapter(options);
  for (const [name, check] of Object.entries(checks)) {
    const value = options[name];

    if (value !== undefined && value !== null) check(value, name);
  }
}

function checkAdapter({ adapter }) {
  if (adapter === null || adapter === undefined) return;

  const methods = ['attach', 'close', 'publish', 'subscribe', 'unsubscribe'];

  if (methods.some((name) => typeof adapter[name] !== 'function')) {
    throw new TypeError(
      `The "adapter" option must have the methods ${methods.join(', ')}`
    );
  }
}

function checkReusePort(options) {
  const { reusePort } = options;

  if (reusePort === null || reusePort === undefined) return;
  if (typeof reusePort !== 'boolean') {
    throw new TypeError('The "reusePort" option must be a boolean');
  }
  if (reusePort && !hasPort(options)) {
    throw new TypeError('The "reusePort" option needs the "port" option');
  }
}

module.exports = { RUNNING, checks, checkServerOptions, hasPort };
