'use strict';

// What the figures were measured on and with.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const peers = ['ws', 'bufferutil', '@oven/bun-linux-x64', 'websocket'];

function installedVersion(name) {
  const file = path.join(root, 'node_modules', name, 'package.json');

  return fs.existsSync(file)
    ? JSON.parse(fs.readFileSync(file, 'utf8')).version
    : undefined;
}

function describeMachine() {
  const cpus = os.cpus();

  return {
    date: new Date().toISOString(),
    cpu: cpus[0].model,
    cores: cpus.length,
    kernel: os.release(),
    node: process.version,
    peers: Object.fromEntries(peers.map((n) => [n, installedVersion(n)]))
  };
}

module.exports = { describeMachine };
