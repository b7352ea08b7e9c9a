'use strict';

const { client: WebSocketClient } = require('websocket');

const measure = require('./measure');

measure(
  (url, onMessage) =>
    new Promise((resolve, reject) => {
      const client = new WebSocketClient({ fragmentOutgoingMessages: false });

      client.on('connectFailed', reject);
      client.on('connect', (connection) => {
        connection.on('message', ({ utf8Data }) => onMessage(utf8Data));
        resolve((data) => connection.sendUTF(data));
      });
      client.connect(url);
    })
);
