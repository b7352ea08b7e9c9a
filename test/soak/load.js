'use strict';

/* Connections that come, talk and go, each in one of many ways. */

const net = require('node:net');
const tls = require('node:tls');
const zlib = require('node:zlib');

const frames = require('../support/frames');
const { upgradeRequest } = require('../support/raw-client');

const HOST = '127.0.0.1';
const TIMEOUT_MS = 20000;
const TLS_EVERY = 20; /* a TLS handshake costs more than all the rest */

const COMPRESSED = { rsv: 4 };
const REQUEST = upgradeRequest();
const OFFER = upgradeRequest({
  headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' }
});

const SMALL = 'a message of everyday size, twice over '.repeat(5);
const LARGE = Buffer.alloc(40000, 'large');

function deflated(data) {
  const finishFlush = zlib.constants.Z_SYNC_FLUSH;
  return zlib.deflateRawSync(data, { finishFlush }).subarray(0, -4);
}

const talks = [
  { name: 'text', request: REQUEST, frames: [frames.text(SMALL)] },
  {
    name: 'fragments',
    request: REQUEST,
    frames: [
      frames.text('one ', { fin: false }),
      frames.ping('between'),
      frames.continuation('message')
    ]
  },
  { name: 'large', request: REQUEST, frames: [frames.binary(LARGE)] },
  {
    name: 'compressed',
    request: OFFER,
    frames: [
      frames.text(deflated(SMALL), COMPRESSED),
      frames.binary(deflated(LARGE), COMPRESSED)
    ]
  },
  { name: 'broken', request: REQUEST, frames: [frames.frame(3, 'x')] }
].map(({ name, request, frames: list }) => ({
  name,
  bytes: Buffer.concat([Buffer.from(request), ...list])
}));

const CLOSE = frames.close(1000, 'done');

/* Plain sockets can say RST. */
function reset(socket) {
  if (socket instanceof tls.TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

/* How a connection ends once something was heard. */
const ends = [
  (socket) => socket.write(CLOSE),
  (socket) => socket.end(CLOSE),
  (socket) => socket.end(),
  reset,
  (socket) => socket.write(frames.text('close')),
  (socket) => socket.write(frames.text('terminate')),
  (socket) => socket.destroy()
];

function dial(ports, i) {
  if (i % TLS_EVERY === 0) {
    const port = ports.secure;
    return tls.connect({ port, host: HOST, rejectUnauthorized: false });
  }
  return net.connect(i % 2 ? ports.plain : ports.parked, HOST);
}

/*
 * Lives the i-th connection to its end. The way it talks and the way it ends
 * follow from i, so that all pairs come about.
 */
function live(ports, i) {
  return new Promise((resolve, reject) => {
    const socket = dial(ports, i);
    const end = ends[i % ends.length];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`connection ${i} does not end`));
    }, TIMEOUT_MS);
    let isEnding = false;

    socket.on('error', () => {}); /* resets are part of it */
    socket.on('data', () => {
      if (!isEnding) end(socket);
      else if (!socket.writableEnded) socket.end(CLOSE);
      isEnding = true;
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.write(talks[Math.floor(i / ends.length) % talks.length].bytes);
  });
}

/* Lives the connections from..to - 1, so many at a time. */
async function liveMany(ports, from, to, concurrency) {
  let next = from;

  async function work() {
    while (next < to) await live(ports, next++);
  }
  await Promise.all(Array.from({ length: concurrency }, work));
}

module.exports = { liveMany };
