'use strict';

// What is measured. A server program prints its port as its first line; its
// environment says what to do (see servers/). `client` is the program that
// plays the other role (see clients/).

const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const bun = path.join(root, 'node_modules/@oven/bun-linux-x64/bin/bun');

function underNode(name) {
  // gc() is called only where a scenario asks for it.
  return [process.execPath, '--expose-gc', path.join(root, name)];
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
    command: underNode('servers/ws.js'),
    client: underNode('clients/ws.js'),
    env: { WS_NO_BUFFER_UTIL: '1' },
    short: true
  },
  {
    name: 'ws-bufferutil',
    command: underNode('servers/ws.js'),
    client: underNode('clients/ws.js')
  },
  {
    name: 'ws-server',
    command: underNode('servers/ws.js'),
    env: { WS_NO_BUFFER_UTIL: '1', LISTEN: 'server' },
    listenOnly: true
  },
  {
    name: 'websocket',
    command: underNode('servers/websocket.js'),
    client: underNode('clients/websocket.js'),
    lacks: ['deflate']
  },
  {
    name: 'bun',
    command: [bun, path.join(root, 'servers/bun.js')],
    client: [bun, path.join(root, 'clients/global.js')],
    short: true
  },
  {
    name: 'node',
    client: [
      process.execPath,
      '--experimental-websocket',
      path.join(root, 'clients/global.js')
    ]
  },
  {
    name: 'uvws',
    command: underNode('servers/uvws.js'),
    client: underNode('clients/uvws.js'),
    short: true,
    package: '../..'
  },
  {
    name: 'uvws-server',
    command: underNode('servers/uvws.js'),
    env: { LISTEN: 'server' },
    listenOnly: true,
    package: '../..'
  }
];

const floor = servers.find(({ name }) => name === 'floor');

// Whether what the server program needs is there. A library that is there but
// does not load is not skipped: its measurements fail.
function isAvailable(server) {
  const [program] = server.command ?? server.client;

  if (!fs.existsSync(program)) return false;
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
  if (!(scenario.client ? server.client : server.command)) return false;
  if (server.listenOnly && !scenario.listen) return false;
  return !server.lacks?.some((feature) => scenario[feature]);
}

module.exports = { servers, floor, isAvailable, takesPart };
