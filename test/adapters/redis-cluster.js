'use strict';

const { once } = require('events');
const net = require('net');

const { RedisServer } = require('./redis-server');
const { until } = require('../support/wait');

const SLOTS = 16384;

/** Ports that nobody listens on: redis-server takes no port 0. */
async function findPorts(count) {
  const servers = Array.from({ length: count }, () =>
    net.createServer().listen(0, '127.0.0.1')
  );
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  for (const server of servers) server.close();
  await Promise.all(servers.map((server) => once(server, 'close')));
  return ports;
}

/**
 * Starts a cluster of masters, each with its share of the slots.
 *
 * @param {Number} count How many
 * @return {Promise<{ servers: RedisServer[], ports: Number[] }>} Once it is up
 */
async function startRedisCluster(count) {
  const ports = await findPorts(2 * count);
  const own = ports.slice(0, count);
  const servers = own.map(
    (port, i) =>
      new RedisServer([
        ...['--port', String(port), '--bind', '127.0.0.1'],
        ...['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'],
        ...['--cluster-port', String(ports[count + i])]
      ])
  );

  await Promise.all(servers.map((server) => server.start()));
  for (const [i, server] of servers.entries()) {
    const first = Math.floor((SLOTS * i) / count);
    const last = Math.floor((SLOTS * (i + 1)) / count) - 1;
    await server.ask('CLUSTER', 'ADDSLOTSRANGE', first, last);
    await server.ask('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
    const meeting = ['127.0.0.1', own[0], ports[count]];
    if (i > 0) await server.ask('CLUSTER', 'MEET', ...meeting);
  }
  for (const server of servers) {
    await until(async () => {
      const info = await server.ask('CLUSTER', 'INFO');
      return (
        info.includes('cluster_state:ok') &&
        info.includes(`cluster_known_nodes:${count}`)
      );
    }, 'the cluster');
  }
  return { servers, ports: own };
}

module.exports = { startRedisCluster };
