'use strict';

// That the floor is a correct server for valid clients.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const crypto = require('node:crypto');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { after, before, test } = require('node:test');

const { WebSocket } = require('ws');

const FLOOR = path.join(__dirname, '../build/floor');
const ports = {};
const children = [];

async function start(mode) {
  const child = spawn(FLOOR, { env: { MODE: mode, PORT: '0' } });

  children.push(child);
  ports[mode] = Number(String((await once(child.stdout, 'data'))[0]));
}

before(() => Promise.all(['echo', 'fanout'].map(start)));
after(() => children.forEach((child) => child.kill()));

async function connect(mode) {
  const ws = new WebSocket(`ws://127.0.0.1:${ports[mode]}`);

  await once(ws, 'open');
  return ws;
}

for (const size of [0, 1, 125, 126, 65535, 65536, 300000, 5000000]) {
  test(`echoes ${size} bytes`, async () => {
    const ws = await connect('echo');
    const sent = crypto.randomBytes(size);

    ws.send(sent);

    const [data, isBinary] = await once(ws, 'message');

    assert.ok(isBinary);
    assert.ok(sent.equals(data));
    ws.terminate();
  });
}

test('echoes many messages of mixed sizes in order', async () => {
  const ws = await connect('echo');
  const sent = Array.from({ length: 400 }, (_, i) =>
    crypto.randomBytes((i * 7919) % 90001)
  );
  const got = [];

  ws.on('message', (data) => got.push(data));
  for (const data of sent) ws.send(data);
  while (got.length < sent.length) await once(ws, 'message');

  assert.ok(sent.every((data, i) => data.equals(got[i])));
  ws.terminate();
});

test('answers pings, echoes fragments and the close frame', async () => {
  const ws = await connect('echo');

  ws.ping('hello');
  assert.strictEqual(String((await once(ws, 'pong'))[0]), 'hello');
  ws.send('one ', { fin: false });
  ws.send('two');
  assert.strictEqual(String((await once(ws, 'message'))[0]), 'one two');
  ws.close(4001, 'bye');
  assert.deepStrictEqual((await once(ws, 'close'))[0], 4001);
});

test('takes its input byte by byte', async () => {
  const socket = net.connect(ports.echo, '127.0.0.1');
  const head =
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n' +
    'Connection: Upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
    'Sec-WebSocket-Version: 13\r\n\r\n';
  const frame = Buffer.from([0x82, 0x83, 1, 2, 3, 4, 1 ^ 7, 2 ^ 8, 3 ^ 9]);
  const input = Buffer.concat([Buffer.from(head), frame, frame]);
  const output = [];

  socket.setNoDelay(true);
  socket.on('data', (chunk) => output.push(chunk));
  for (const byte of input) {
    await new Promise((resolve) => {
      socket.write(Buffer.of(byte), () => setImmediate(resolve));
    });
  }

  const reply = Buffer.from([0x82, 3, 7, 8, 9]);
  const tail = Buffer.concat([reply, reply]);

  while (!Buffer.concat(output).subarray(-tail.length).equals(tail)) {
    await once(socket, 'data');
  }
  assert.match(String(output[0]), /Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
  socket.destroy();
});

test('sends to all, and to those only that are left', async () => {
  const clients = await Promise.all([1, 2, 3, 4].map(() => connect('fanout')));

  clients.pop().terminate();
  for (const text of ['a', 'b'.repeat(100000)]) {
    const all = clients.map((ws) => once(ws, 'message'));

    clients[0].send(text);
    for (const [data] of await Promise.all(all)) {
      assert.strictEqual(String(data), text);
    }
  }
  clients.forEach((ws) => ws.terminate());
});
