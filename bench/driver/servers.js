'use strict';

// What is measured. A server program prints its port as its first line; its
// environment says what to do (see servers/).

const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const bun = path.join(root, 'node_modules/@oven/bun-linux-x64/bin/bun');

function script(name) {
  return path.join(root, 'servers', name);
}

function underNode(name) {
  // gc() is called only where a scenario asks for it.
  return [process.execPath, '--expose-gc', script(name)];
}

const servers = [
  {
    name: 'floor',
    command: [path.join(root, 'build/floor')],
    lacks: ['tls', 'deflate'],
    short: true
  },
  {
    name: 'ws',
    command: underNode('ws.js'),
    env: { WS_NO_BUFFER_UTIL: '1' },
    short: true
  },
  { name: 'ws-bufferutil', command: underNode('ws.js') },
  {
    name: 'ws-server',
    command: underNode('ws.js'),
    env: { WS_NO_BUFFER_UTIL: '1', LISTEN: 'server' },
    listenOnly: true
  },
  { name: 'websocket', command: underNode('websocket.js'), lacks: ['deflate'] },
  { name: 'bun', command: [bun, script('bun.js')], short: true },
  {
    name: 'uvws',
    command: underNode('uvws.js'),
    short: true,
    package: '../..'
  },
  {
    name: 'uvws-server',
    command: underNode('uvws.js'),
    env: { LISTEN: 'server' },
    listenOnly: true,
    package: '../..'
  }
];

// Whether what the server program needs is there. A library that is there but
// does not load is not skipped: its measurements fail.
function isAvailable(server) {
  if (!fs.existsSync(server.command[0])) return false;
  if (!server.package) return true;

  try {
    require.resolve(server.package);
    return true;
  } catch {
    return false;
  }
}

// A `listenOnly` server differs from its namesake only in how connections are
// opened and kept, so only such scenarios measure it. What a server `lacks` it
// is not asked for.
function takesPart(server, scenario) {
  if (server.listenOnly && !scenario.listen) return false;
  return !server.lacks?.some((feature) => scenario[feature]);
}

module.exports = { servers, isAvailable, takesPart };
