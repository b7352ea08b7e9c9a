'use strict';

// An echo server that Prometheus can watch: what `wss.stats()` tells, as
// metrics of prom-client on /metrics.
//
//   PORT=8080 node examples/monitoring/server.js
//   curl localhost:8080/metrics

const http = require('http');
const client = require('prom-client');
const { WebSocketServer } = require('uvws');

const server = http.createServer(async (req, res) => {
  if (req.url !== '/metrics') {
    res.writeHead(404).end();
    return;
  }

  res.setHeader('Content-Type', client.register.contentType);
  res.end(await client.register.metrics());
});
const wss = new WebSocketServer({ server, maxConnections: 10000 });

wss.on('connection', (ws) => {
  ws.on('error', () => {}); // counted; 'close' follows
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
});

/** A metric whose values are asked for when it is scraped. */
function metric(Type, name, help, labelNames, collect) {
  return new Type({
    name: `websocket_${name}`,
    help,
    labelNames,
    collect() {
      this.reset();
      for (const [labels, value] of collect(wss.stats())) {
        if (Type === client.Counter) this.inc(labels, value);
        else this.set(labels, value);
      }
    }
  });
}

const single = (read) => (stats) => [[{}, read(stats)]];
const byKey = (label, read) => (stats) =>
  Object.entries(read(stats)).map(([key, value]) => [{ [label]: key }, value]);

const { Counter, Gauge } = client;
const ways = ['direction'];

metric(
  Gauge,
  'connections',
  'Connections that are open',
  [],
  single((stats) => stats.connections)
);
metric(
  Gauge,
  'queued_bytes',
  'Bytes that wait for slow peers',
  [],
  single((stats) => stats.queuedBytes)
);
metric(
  Counter,
  'handshakes_accepted_total',
  'Connections so far',
  [],
  single((stats) => stats.handshakes.accepted)
);
metric(
  Counter,
  'handshakes_refused_total',
  'Refused handshakes by HTTP status',
  ['status'],
  byKey('status', (stats) => stats.handshakes.refused)
);
metric(
  Counter,
  'messages_total',
  'Messages',
  ways,
  byKey('direction', (stats) => stats.messages)
);
metric(
  Counter,
  'bytes_total',
  'Bytes on the wire, but for TLS',
  ways,
  byKey('direction', (stats) => stats.bytes)
);
metric(
  Counter,
  'closes_total',
  'Ended connections by close code',
  ['code'],
  byKey('code', (stats) => stats.closes)
);
metric(
  Counter,
  'errors_total',
  'Failed connections by error code',
  ['code'],
  byKey('code', (stats) => stats.errors)
);
client.collectDefaultMetrics();

server.listen(Number(process.env.PORT || 8080), process.env.HOST, () => {
  console.log(`Metrics on http://localhost:${server.address().port}/metrics`);
});
