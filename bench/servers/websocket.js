'use strict';

// Environment: PORT (0: any), MODE (echo, fanout, publish), TLS (a file with
// key and certificate).

const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const WebSocketServer = require('websocket').server;

const MAX_PAYLOAD = 100 * 1024 * 1024;

function send(connection, message) {
  if (message.type === 'utf8') connection.sendUTF(message.utf8Data);
  else connection.sendBytes(message.binaryData);
}

function createServer() {
  if (!process.env.TLS) return http.createServer();

  const pem = fs.readFileSync(process.env.TLS);

  return https.createServer({ key: pem, cert: pem });
}

const server = createServer();
const wss = new WebSocketServer({
  httpServer: server,
  autoAcceptConnections: true,
  maxReceivedFrameSize: MAX_PAYLOAD,
  maxReceivedMessageSize: MAX_PAYLOAD,
  fragmentOutgoingMessages: false
});

wss.on('connect', (connection) => {
  connection.on('error', (err) => console.error(err));
  connection.on(
    'message',
    process.env.MODE === 'echo'
      ? (message) => send(connection, message)
      : (message) => {
          for (const client of wss.connections) send(client, message);
        }
  );
});

process.on('SIGUSR2', () => globalThis.gc?.());

server.listen(Number(process.env.PORT || 0), '127.0.0.1', () =>
  console.log(server.address().port)
);
