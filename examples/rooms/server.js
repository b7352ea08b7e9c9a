'use strict';

// Rooms: a message reaches those in the sender's room only.
//
//   PORT=8080 node examples/rooms/server.js
//
// Clients send {"join": "room"}, {"say": "text"} and {"leave": true}.

const WebSocket = require('uvws');

const rooms = new Map();
const wss = new WebSocket.Server({
  host: process.env.HOST,
  port: Number(process.env.PORT || 8080)
});

function leave(ws) {
  const members = rooms.get(ws.room);

  members?.delete(ws);
  if (members?.size === 0) rooms.delete(ws.room);
  ws.room = undefined;
}

function join(ws, room) {
  leave(ws);
  if (!rooms.has(room)) rooms.set(room, new Set());
  rooms.get(room).add(ws);
  ws.room = room;
  ws.send(JSON.stringify({ joined: room, members: rooms.get(room).size }));
}

function say(ws, text) {
  const message = JSON.stringify({ room: ws.room, said: text });

  for (const member of rooms.get(ws.room) ?? []) {
    if (member !== ws && member.readyState === WebSocket.OPEN) {
      member.send(message);
    }
  }
}

wss.on('connection', (ws) => {
  ws.on('error', console.error);
  ws.on('close', () => leave(ws));
  ws.on('message', (data) => {
    let message;

    try {
      message = Object(JSON.parse(data));
    } catch {
      ws.close(1007, 'JSON is expected');
      return;
    }

    if (typeof message.join === 'string') join(ws, message.join);
    if (typeof message.say === 'string') say(ws, message.say);
    if (message.leave) leave(ws);
  });
});

wss.on('listening', () => {
  console.log(`Rooms on ws://localhost:${wss.address().port}`);
});
