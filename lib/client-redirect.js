'use strict';

// What may follow a redirect to another place: credentials may not, unless the
// application listens to 'redirect' and sees to it.

/**
 * Describes where a request goes.
 *
 * @param {URL} url The URL
 * @param {Object} options The options of the request
 * @return {Object} The place
 */
function placeOf(url, options) {
  const isIpc = url.protocol === 'ws+unix:';

  return {
    isIpc,
    isSecure: url.protocol === 'wss:',
    host: isIpc ? options.socketPath : url.host
  };
}

/**
 * Takes the credentials out of a redirected request where it goes to another
 * host, or from an encrypted connection to a plain one, as curl does.
 *
 * @param {Object} options The options of the request; changed
 * @param {Object} place Where it goes
 * @param {Object} original Where the first one went
 */
function dropCredentials(options, place, original) {
  const isSameHost =
    place.isIpc === original.isIpc && place.host === original.host;

  if (isSameHost && (place.isSecure || !original.isSecure)) return;

  delete options.headers.authorization;
  delete options.headers.cookie;
  if (!isSameHost) delete options.headers.host;
  options.auth = undefined;
}

/**
 * Copies the application's options so that they can be carried on, with the
 * names of the headers in lower case.
 *
 * @param {Object} [options] The options
 * @return {Object} The copy
 */
function copyOptions(options) {
  const headers = {};

  for (const [name, value] of Object.entries(options?.headers ?? {})) {
    headers[name.toLowerCase()] = value;
  }
  return { ...options, headers };
}

/**
 * Makes the first credentials that are used the ones of all redirects.
 *
 * @param {Object} carried The options that are carried on; changed
 * @param {?String} auth User name and password of this request
 */
function carryCredentials(carried, auth) {
  if (auth && !carried.headers.authorization) {
    carried.headers.authorization = `Basic ${Buffer.from(auth).toString('base64')}`;
  }
}

module.exports = { carryCredentials, copyOptions, dropCredentials, placeOf };
