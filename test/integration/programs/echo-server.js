'use strict';

// Prints its port, echoes, and ends on the message "end".

const { WebSocketServer } = require('uvws');

const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => {
  console.log(`localhost:${wss.address().port}`);
});

wss.on('connection', (ws) => {
  ws.on('message', (data, isBinary) => {
    ws.send(data, { binary: isBinary });
    if (String(data) === 'end') {
      ws.close();
      wss.close();
    }
  });
});
