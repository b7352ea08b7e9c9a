'use strict';

// That the load generator measures what it says: it must notice every wrong
// byte, or a fast but broken server would win.

const assert = require('node:assert');
const { execFile } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const path = require('node:path');
const { test } = require('node:test');
const { promisify } = require('node:util');

const { WebSocketServer } = require('ws');

const run = promisify(execFile);
const LOAD = path.join(__dirname, '../build/load');

function createServer(isSecure) {
  if (!isSecure) return http.createServer();

  const pem = fs.readFileSync(path.join(__dirname, '../build/certificate.pem'));

  return https.createServer({ key: pem, cert: pem });
}

// Serves with the handler and gives what the load generator printed. The
// server takes on TLS and compression where the parameters ask for them.
async function load(scenario, parameters, onMessage) {
  const server = createServer(parameters.tls === 1);
  const perMessageDeflate = parameters.deflate === 1;
  const wss = new WebSocketServer({ server, perMessageDeflate });
  let seen = 0;

  wss.on('connection', (ws) => {
    ws.on('message', (data, isBinary) => {
      onMessage(ws, data, isBinary, ++seen, wss);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const all = { warmup: 0.05, seconds: 0.2, connections: 4, ...parameters };
  const args = Object.entries(all).flatMap(([k, v]) => [`--${k}`, String(v)]);

  args.push(
    '--port',
    String(server.address().port),
    '--pid',
    String(process.pid)
  );
  try {
    const { stdout } = await run(LOAD, [scenario, ...args]);

    return JSON.parse(stdout);
  } finally {
    for (const client of wss.clients) client.terminate();
    wss.close();
    server.close();
  }
}

function echo(ws, data, isBinary) {
  ws.send(data, { binary: isBinary });
}

function toAll(ws, data, isBinary, seen, wss) {
  for (const client of wss.clients) client.send(data, { binary: isBinary });
}

function assertSane(result) {
  assert.ok(result.messages > 0);
  assert.ok(result.cpu > 0);
  assert.ok(result.latency.p50 > 0);
  assert.ok(result.latency.p50 <= result.latency.p99);
  assert.ok(result.latency.p99 <= result.latency.max);
}

for (const parameters of [
  { size: 0 },
  { size: 2, type: 'binary' },
  { size: 125, depth: 16 },
  { size: 126, type: 'utf8' },
  { size: 65535, depth: 3 },
  { size: 65536, type: 'binary' },
  { size: 3000000, connections: 2, depth: 2 },
  { size: 64, rate: 2000 },
  { size: 64, idle: 50 },
  { size: 64, sources: 3 },
  { size: 64, type: 'json' },
  { size: 1024, type: 'json', deflate: 1 },
  { size: 65536, type: 'json', deflate: 1, depth: 3 },
  { size: 300000, type: 'binary', deflate: 1, connections: 2 },
  { size: 64, tls: 1 },
  { size: 125, tls: 1, depth: 16 },
  { size: 3000000, tls: 1, connections: 2 },
  { size: 1024, type: 'json', deflate: 1, tls: 1 }
]) {
  test(`echoes are measured: ${JSON.stringify(parameters)}`, async () => {
    assertSane(await load('echo', parameters, echo));
  });
}

test('copies are measured', async () => {
  assertSane(await load('fanout', { connections: 20, depth: 4 }, toAll));
});

test('compressed copies are measured', async () => {
  const parameters = { connections: 20, size: 1024, type: 'json', deflate: 1 };

  assertSane(await load('fanout', parameters, toAll));
});

test('handshakes over TLS are measured', async () => {
  assertSane(await load('handshake', { connections: 8, tls: 1 }, echo));
});

test('handshakes are measured', async () => {
  assertSane(await load('handshake', { connections: 8 }, echo));
});

test('idle memory is measured', async () => {
  const result = await load(
    'idle',
    { connections: 40, base: 10, settle: 0.02 },
    echo
  );

  assert.ok(Number.isFinite(result.bytesPerConnection));
});

function failsWith(pattern, scenario, parameters, onMessage) {
  return assert.rejects(load(scenario, parameters, onMessage), (err) => {
    assert.strictEqual(err.code, 1);
    assert.match(err.stderr, pattern);
    return true;
  });
}

test('one wrong byte of payload fails the run', () =>
  failsWith(/differs/, 'echo', {}, (ws, data, isBinary, seen) => {
    if (seen === 50) data[data.length - 1] ^= 1;
    echo(ws, data, isBinary);
  }));

test('a wrong opcode fails the run', () =>
  failsWith(/differs/, 'echo', {}, (ws, data, isBinary, seen) =>
    echo(ws, data, seen === 50 ? !isBinary : isBinary)
  ));

test('another message than the expected one fails the run', () => {
  let first;

  return failsWith(/differs/, 'echo', {}, (ws, data, isBinary, seen) => {
    first ??= data;
    echo(ws, seen === 50 ? first : data, isBinary);
  });
});

test('a reply too many fails the run', () =>
  failsWith(/more replies|differs/, 'echo', {}, (ws, data, isBinary, seen) => {
    echo(ws, data, isBinary);
    if (seen === 50) echo(ws, data, isBinary);
  }));

test('a copy that differs fails the run', () =>
  failsWith(/differs/, 'fanout', {}, (ws, data, isBinary, seen, wss) => {
    for (const client of wss.clients) {
      client.send(seen === 20 && client !== ws ? 'x'.repeat(64) : data, {
        binary: isBinary
      });
    }
  }));

const deflated = { size: 1024, type: 'json', deflate: 1 };

test('one wrong byte below the compression fails the run', () =>
  failsWith(/differs/, 'echo', deflated, (ws, data, isBinary, seen) => {
    if (seen === 50) data[data.length - 1] ^= 1;
    echo(ws, data, isBinary);
  }));

test('a compressed reply that is too short fails the run', () =>
  failsWith(/too short/, 'echo', deflated, (ws, data, isBinary, seen) =>
    echo(ws, seen === 50 ? data.subarray(0, -1) : data, isBinary)
  ));

test('a reply that is not compressed fails the run', () =>
  failsWith(/not a compressed/, 'echo', deflated, (ws, data, isBinary, seen) =>
    ws.send(data, { binary: isBinary, compress: seen !== 50 })
  ));

test('a server that ends fails the run', () =>
  failsWith(/ended|reset/, 'echo', {}, (ws, data, isBinary, seen) => {
    if (seen === 50) ws.terminate();
    else echo(ws, data, isBinary);
  }));
