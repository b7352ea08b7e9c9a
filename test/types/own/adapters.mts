// Servers of several processes: what only uvws has.
import {
  type Adapter,
  type AdapterServer,
  type AdapterStats,
  WebSocketServer
} from 'uvws';
import { clusterAdapter, setupPrimary } from 'uvws/cluster';
import { memoryAdapters } from 'uvws/memory';
import { redisAdapter } from 'uvws/redis';
import { Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';

const wss = new WebSocketServer({
  port: 0,
  adapter: redisAdapter(createClient(), { prefix: 'a', sharded: true }),
  reusePort: true
});
wss.on('adapterError', (err) => {
  const isLost = err.code === 'UVWS_ERR_ADAPTER_DISCONNECTED';
  console.log(isLost, err.message);
});
wss.on('adapterReady', () => undefined);

redisAdapter(createCluster({ rootNodes: [] }), { maxPendingBytes: 1 });
const { malformed, topics } = redisAdapter(new Redis()).stats();
const adapter = memoryAdapters();
const stats: AdapterStats = adapter().stats();
new WebSocketServer({ noServer: true, adapter: clusterAdapter({ name: 'a' }) });
console.log(setupPrimary().stats().relayed, malformed, topics, stats.dropped);
// @ts-expect-error no client of Redis
redisAdapter({});
// @ts-expect-error no adapter
new WebSocketServer({ port: 0, adapter: {} });

class Loopback implements Adapter {
  #server: AdapterServer | undefined;

  attach(server: AdapterServer): void {
    this.#server = server;
    server.onReady();
  }

  subscribe(): void {}

  unsubscribe(): void {}

  publish(topic: string | null, data: string | Uint8Array): void {
    this.#server?.deliver(topic, data, { binary: false });
  }

  close(): void {}
}
new WebSocketServer({ port: 0, adapter: new Loopback() });
