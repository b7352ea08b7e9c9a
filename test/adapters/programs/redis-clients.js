'use strict';

// Makes a client of Redis of each kind that is supported: for a unix socket, or
// for the ports of a cluster.

const KINDS = {
  redis: (path) => require('redis').createClient({ socket: { path } }),
  'redis 4': (path) => require('redis-4').createClient({ socket: { path } }),
  ioredis: (path) =>
    new (require('ioredis').Redis)({ lazyConnect: true, path }),
  'ioredis 5': (path) =>
    new (require('ioredis-5').Redis)({ lazyConnect: true, path })
};

const CLUSTER_KINDS = {
  redis: (ports) => require('redis').createCluster(toNodeRedis(ports)),
  'redis 4': (ports) => require('redis-4').createCluster(toNodeRedis(ports)),
  ioredis: (ports) => new (require('ioredis').Cluster)(...toIORedis(ports)),
  'ioredis 5': (ports) =>
    new (require('ioredis-5').Cluster)(...toIORedis(ports))
};

function toNodeRedis(ports) {
  return {
    rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }))
  };
}

function toIORedis(ports) {
  return [
    ports.map((port) => ({ host: '127.0.0.1', port })),
    { lazyConnect: true }
  ];
}

function createClient({ kind, path, ports }) {
  return ports ? CLUSTER_KINDS[kind](ports) : KINDS[kind](path);
}

module.exports = {
  CLUSTER_KINDS: Object.keys(CLUSTER_KINDS),
  KINDS: Object.keys(KINDS),
  createClient
};
