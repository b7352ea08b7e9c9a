import WebSocket, { WebSocketServer } from 'uvws';

const wss = new WebSocketServer({ port: process.env.PORT });

wss.on('listening', () => {
  console.log(`ws://localhost:${wss.address().port}`);
});

wss.on('connection', (ws) => {
  ws.on('error', console.error);

  ws.on('message', (data, isBinary) => {
    for (const client of wss.clients) {
      if (client.readyState === WebSocket.OPEN) {
        client.send(data, { binary: isBinary });
      }
    }
  });
});
