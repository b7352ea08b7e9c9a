'use strict';

// Clients that come and go and talk to the server of the dashboard.
//
//   CLIENTS=40 URL=ws://localhost:8080/echo node examples/dashboard/load.js

const WebSocket = require('uvws');

const url = process.env.URL || 'ws://localhost:8080/echo';
const count = Number(process.env.CLIENTS || 40);
const PERIOD_MS = 20000;

const between = (min, max) => min + Math.random() * (max - min);

/** Connects, talks in a rhythm of its own, leaves, and comes back. */
function live() {
  const ws = new WebSocket(url);
  const born = Date.now();
  const lifetime = between(5000, 60000);
  let timer;

  function talk() {
    // Busy and quiet times, the same for all.
    const tide = 1 + Math.sin((Date.now() / PERIOD_MS) * 2 * Math.PI);

    if (Date.now() - born > lifetime) {
      ws.close(Math.random() < 0.8 ? 1000 : 1001);
      return;
    }
    ws.send('x'.repeat(between(10, 1000)));
    timer = setTimeout(talk, between(10, 200) / (0.2 + tide));
  }

  ws.on('open', talk);
  ws.on('error', (err) => console.error(err.message));
  ws.on('close', () => {
    clearTimeout(timer);
    setTimeout(live, between(500, 3000));
  });
}

for (let i = 0; i < count; i++) setTimeout(live, between(0, 2000));
console.log(`${count} clients for ${url}`);
