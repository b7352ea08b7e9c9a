// The same with `import`: a clock for all who connect.
//
//   PORT=8080 node examples/esm/server.mjs

import WebSocket, { WebSocketServer } from 'uvws';

const { HOST: host, PORT: port = 8080, INTERVAL_MS = 1000 } = process.env;
const wss = new WebSocketServer({ host, port: Number(port) });

wss.on('connection', (ws, req) => {
  ws.on('error', console.error);
  ws.send(`The time for ${req.socket.remoteAddress}`);
});

wss.on('listening', () => {
  console.log(`Clock on ws://localhost:${wss.address().port}`);
});

setInterval(() => {
  const time = new Date().toISOString();

  for (const client of wss.clients) {
    if (client.readyState === WebSocket.OPEN) client.send(time);
  }
}, Number(INTERVAL_MS));
