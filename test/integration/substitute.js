'use strict';

// Gives packages the implementation under test where they ask for ws. Clients
// keep ws itself: they are the foreign peer.

const Module = require('module');
const path = require('path');

const { name } = require('../support/implementation');

const servers = [
  '@fastify/websocket',
  'engine.io',
  'express-ws',
  'socket.io-adapter'
];
const folders = servers.map((server) =>
  path.join(path.sep, 'node_modules', server, path.sep)
);
const resolveFilename = Module._resolveFilename;

Module._resolveFilename = function (request, parent, ...rest) {
  const isOurs =
    request === 'ws' &&
    folders.some((folder) => parent?.filename?.includes(folder));

  return isOurs
    ? require.resolve(name)
    : resolveFilename.call(this, request, parent, ...rest);
};
