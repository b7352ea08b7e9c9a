'use strict';

// The server program of every implementation that has the API of ws.
//
// Environment: PORT (0: any), MODE (echo, fanout, publish), LISTEN (port:
// `{ port }`, server: `{ server }` over node:http), TLS (a file with key and
// certificate: `{ server }` over node:https), DEFLATE (set: compression).

const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');

function createServer() {
  if (!process.env.TLS) return http.createServer();

  const pem = fs.readFileSync(process.env.TLS);

  return https.createServer({ key: pem, cert: pem });
}

function listen(WebSocketServer, onListening) {
  const port = Number(process.env.PORT || 0);
  const host = '127.0.0.1';
  const perMessageDeflate = Boolean(process.env.DEFLATE);

  if (process.env.LISTEN === 'server' || process.env.TLS) {
    const server = createServer();

    server.listen(port, host, () => onListening(server.address().port));
    return new WebSocketServer({ server, perMessageDeflate });
  }

  const wss = new WebSocketServer({ port, host, perMessageDeflate }, () =>
    onListening(wss.address().port)
  );

  return wss;
}

function echo(ws) {
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
}

function fanout(ws, wss) {
  ws.on('message', (data, isBinary) => {
    for (const client of wss.clients) client.send(data, { binary: isBinary });
  });
}

function publish(ws, wss) {
  ws.subscribe('all');
  ws.on('message', (data, isBinary) =>
    wss.publish('all', data, { binary: isBinary })
  );
}

// A server without topics publishes by the loop that its users write.
function chooseHandler(WebSocketServer) {
  switch (process.env.MODE) {
    case 'fanout':
      return fanout;
    case 'publish':
      return typeof WebSocketServer.prototype.publish === 'function'
        ? publish
        : fanout;
    default:
      return echo;
  }
}

module.exports = function serve({ WebSocketServer }) {
  const wss = listen(WebSocketServer, (port) => console.log(port));
  const handle = chooseHandler(WebSocketServer);

  wss.on('connection', (ws) => {
    ws.on('error', (err) => console.error(err));
    handle(ws, wss);
  });

  // Sent before memory is read; needs --expose-gc.
  process.on('SIGUSR2', () => globalThis.gc?.());
};
