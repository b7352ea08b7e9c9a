'use strict';

const { WebSocketServer } = require('uvws');

const wss = new WebSocketServer({ port: process.env.PORT });

wss.on('listening', () => {
  console.log(`ws://localhost:${wss.address().port}`);
});

wss.on('connection', (ws) => {
  ws.send('You have a moment');

  setTimeout(() => {
    ws.close(1000, 'Time is up');
  }, 50);

  ws.on('close', (code, reason) => {
    console.log(`closed with ${code} ${reason}`);
  });
});
