'use strict';

/**
 * What bundlers take for a browser, where nobody can open a socket.
 *
 * @throws {Error} Always, when it is called
 */
module.exports = function () {
  throw new Error(
    'ws does not work in the browser. Browser clients must use the native ' +
      'WebSocket object'
  );
};
