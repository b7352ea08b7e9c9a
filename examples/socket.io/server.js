'use strict';

// Socket.IO on uvws: the option wsEngine is all it takes.
//
//   PORT=8080 node examples/socket.io/server.js
//
// From a page:
//
//   <script src="/socket.io/socket.io.js"></script>
//   const socket = io();
//   socket.emit('join', 'room', (members) => console.log(members));
//   socket.on('said', (name, text) => console.log(name, text));
//   socket.emit('say', 'hello');

const http = require('http');
const { Server } = require('socket.io');
const { WebSocketServer } = require('uvws');

const server = http.createServer();
const io = new Server(server, { wsEngine: WebSocketServer });

io.on('connection', (socket) => {
  socket.on('join', async (room, reply) => {
    if (socket.data.room) await socket.leave(socket.data.room);
    await socket.join(room);
    socket.data.room = room;
    if (typeof reply === 'function') {
      reply(io.of('/').adapter.rooms.get(room).size);
    }
  });

  socket.on('say', (text) => {
    socket.to(socket.data.room).emit('said', socket.id, text);
  });
});

server.listen(Number(process.env.PORT || 8080), process.env.HOST, () => {
  console.log(`Socket.IO on http://localhost:${server.address().port}`);
});
