'use strict';

/*
 * The implementation that the parity and conformance suites judge. ws is the
 * oracle: with UVWS_IMPL=ws every test here must pass.
 */
const modules = { uvws: '../..', ws: 'ws' };

const name = process.env.UVWS_IMPL || 'uvws';

if (!Object.hasOwn(modules, name)) {
  throw new Error(`UVWS_IMPL must be one of ${Object.keys(modules)}`);
}

const WebSocket = require(modules[name]);

module.exports = {
  name,
  path: require.resolve(modules[name]),
  WebSocket,
  WebSocketServer: WebSocket.WebSocketServer
};
