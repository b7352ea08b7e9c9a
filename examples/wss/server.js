'use strict';

// Encrypted: wss:// over node:https.
//
//   KEY=key.pem CERT=cert.pem PORT=8443 node examples/wss/server.js
//
// Without them openssl makes a certificate for this run, which no browser
// trusts: visit the page and accept it, or  curl --insecure https://localhost:8443

const { execFileSync } = require('child_process');
const fs = require('fs');
const https = require('https');
const WebSocket = require('uvws');

function readCertificate() {
  const { KEY, CERT } = process.env;

  if (KEY && CERT)
    return { key: fs.readFileSync(KEY), cert: fs.readFileSync(CERT) };

  const pem = execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-nodes', '-days', '1', '-subj', '/CN=localhost'],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', '-', '-out', '-']
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] }
  );
  return { key: pem, cert: pem };
}

const server = https.createServer(readCertificate(), (req, res) => {
  res.end('This port speaks wss:// too\n');
});
const wss = new WebSocket.Server({ server });

wss.on('connection', (ws, req) => {
  ws.on('error', console.error);
  ws.send(`You are here by ${req.socket.getProtocol()}`);
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
});

server.listen(Number(process.env.PORT || 8443), process.env.HOST, () => {
  console.log(`Echo on wss://localhost:${server.address().port}`);
});
