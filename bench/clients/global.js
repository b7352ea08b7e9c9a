'use strict';

// The client that the platform brings along: Node's or Bun's WebSocket.

const measure = require('./measure');

measure(
  (url, onMessage) =>
    new Promise((resolve, reject) => {
      const ws = new WebSocket(url);

      ws.onerror = reject;
      ws.onmessage = ({ data }) => onMessage(data);
      ws.onopen = () => resolve((data) => ws.send(data));
    })
);
