'use strict';

// The client program of every implementation that has the API of ws.

const measure = require('./measure');

module.exports = function run({ WebSocket }) {
  measure(
    (url, onMessage) =>
      new Promise((resolve, reject) => {
        const ws = new WebSocket(url, { perMessageDeflate: false });

        ws.on('error', reject);
        ws.on('message', onMessage);
        ws.on('open', () => resolve((data) => ws.send(data)));
      })
  );
};
