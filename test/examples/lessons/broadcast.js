'use strict';

const WebSocket = require('uvws');

const wss = new WebSocket.Server({ port: process.env.PORT }, () => {
  console.log('Listening on ws://localhost:' + wss.address().port);
});

wss.on('connection', (ws) => {
  ws.on('message', (message) => {
    wss.clients.forEach((client) => {
      if (client.readyState === WebSocket.OPEN) {
        client.send(message.toString());
      }
    });
  });
});
