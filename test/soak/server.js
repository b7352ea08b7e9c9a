'use strict';

/*
 * The process that a soak run watches: an echo server on each way in, which
 * tells its ports, and how large it is whenever it is asked.
 */

const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');

const { WebSocketServer } = require('../..');
const { certificate } = require('../support/certificate');
const { nextEvent } = require('../support/wait');

const HOST = '127.0.0.1';
const OPTIONS = {
  closeTimeout: 1000,
  maxPayload: 1024 * 1024,
  perMessageDeflate: { threshold: 0 }
};

const servers = [];

/* Echoes; a text 'close' or 'terminate' asks the server to do so. */
function onConnection(ws) {
  ws.on('error', () => {});
  ws.on('message', (data, isBinary) => {
    const text = data.length < 10 ? String(data) : '';

    if (text === 'close') ws.close(1000, 'asked for');
    else if (text === 'terminate') ws.terminate();
    else ws.send(data, { binary: isBinary });
  });
}

async function start(options, httpServer) {
  const wss = new WebSocketServer({ ...OPTIONS, ...options });
  const listener = httpServer ?? wss;

  wss.on('connection', onConnection);
  servers.push(wss);
  httpServer?.listen(0, HOST);
  await nextEvent(listener, 'listening');
  return listener.address().port;
}

function measure() {
  for (let i = 0; i < 3; i++) global.gc();
  const { arrayBuffers, external, heapUsed, rss } = process.memoryUsage();
  let buffered = 0;
  let clients = 0;

  for (const wss of servers) {
    clients += wss.clients.size;
    for (const ws of wss.clients) buffered += ws.bufferedAmount;
  }
  return {
    rss,
    heapUsed,
    external,
    arrayBuffers,
    descriptors: fs.readdirSync('/proc/self/fd').length - 1,
    handles: process._getActiveHandles().length,
    clients,
    buffered
  };
}

async function main() {
  const parked = http.createServer();
  const secure = https.createServer(certificate());

  process.send({
    plain: await start({ port: 0, host: HOST }),
    parked: await start({ server: parked }, parked),
    secure: await start({ server: secure }, secure)
  });
  process.on('message', () => process.send(measure()));
  process.on('disconnect', () => process.exit());
}

main();
