'use strict';

// Opens a WebSocket connection to a server on PORT with nothing but a socket.
const net = require('net');
const crypto = require('crypto');

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const key = crypto.randomBytes(16).toString('base64');
const expected = crypto
  .createHash('sha1')
  .update(key + GUID)
  .digest('base64');

const socket = net.connect(process.env.PORT, '127.0.0.1', () => {
  socket.write(
    'GET /chat HTTP/1.1\r\n' +
      `Host: localhost:${process.env.PORT}\r\n` +
      'Upgrade: websocket\r\n' +
      'Connection: Upgrade\r\n' +
      `Sec-WebSocket-Key: ${key}\r\n` +
      'Sec-WebSocket-Version: 13\r\n' +
      '\r\n'
  );
});

let received = Buffer.alloc(0);
let isUpgraded = false;

socket.on('data', (data) => {
  received = Buffer.concat([received, data]);
  if (!isUpgraded) readHead();
  if (isUpgraded) readFrames();
});

function readHead() {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return;

  const head = received.subarray(0, end).toString();
  const [status] = head.split('\r\n');
  const [, accept] = /^sec-websocket-accept: *(.*)$/im.exec(head);

  console.log(status);
  console.log(accept === expected ? 'accept is right' : 'accept is WRONG');
  received = received.subarray(end + 4);
  isUpgraded = true;
  socket.write(frame(0x1, 'Hello'));
}

function readFrames() {
  while (received.length >= 2 && received.length >= 2 + received[1]) {
    const opcode = received[0] & 0x0f;
    const payload = received.subarray(2, 2 + received[1]);

    received = received.subarray(2 + received[1]);
    if (opcode === 0x8) {
      console.log(`close frame ${payload.readUInt16BE(0)}`);
      socket.end();
    } else {
      console.log(`text frame: ${payload}`);
      if (payload.includes('Hello')) {
        socket.write(frame(0x8, Buffer.from([0x03, 0xe8])));
      }
    }
  }
}

// A client masks: every byte is XORed with the key that goes before them.
function frame(opcode, data) {
  const payload = Buffer.from(data);
  const mask = crypto.randomBytes(4);

  return Buffer.concat([
    Buffer.from([0x80 | opcode, 0x80 | payload.length]),
    mask,
    payload.map((byte, i) => byte ^ mask[i % 4])
  ]);
}
