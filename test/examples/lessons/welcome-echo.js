'use strict';

const WebSocket = require('uvws');

const wss = new WebSocket.Server({ port: process.env.PORT });

wss.on('listening', () => {
  console.log('Server is running on ws://localhost:' + wss.address().port);
});

wss.on('connection', function connection(ws, req) {
  console.log('Client connected from ' + req.socket.remoteAddress);

  ws.send('Welcome!');

  ws.on('message', function incoming(message) {
    console.log('received: %s', message);
    ws.send(`You said: ${message}`);
  });

  ws.on('close', () => {
    console.log('Client disconnected');
  });

  ws.on('error', (err) => {
    console.error(err);
  });
});
