'use strict';

// Makes a client of Redis of each kind that is supported, for a unix socket.

const KINDS = {
  redis: (path) => require('redis').createClient({ socket: { path } }),
  'redis 4': (path) => require('redis-4').createClient({ socket: { path } }),
  ioredis: (path) =>
    new (require('ioredis').Redis)({ lazyConnect: true, path }),
  'ioredis 5': (path) =>
    new (require('ioredis-5').Redis)({ lazyConnect: true, path })
};

function createClient(kind, path) {
  return KINDS[kind](path);
}

module.exports = { KINDS: Object.keys(KINDS), createClient };
