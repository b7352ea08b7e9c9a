'use strict';

const { createHash } = require('node:crypto');

const { readFrame } = require('./frames');
const { guard, turn } = require('./wait');

/* The key of RFC 6455, 1.3, and the accept value it must give. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/* The accept value that the RFC asks for a key. */
function acceptValue(key) {
  return createHash('sha1')
    .update(key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11')
    .digest('base64');
}

/*
 * The head of an upgrade request. `headers` replace or add by name; undefined
 * as a value drops the header, an array repeats it.
 */
function upgradeRequest(request = {}) {
  const { method = 'GET', path = '/', version = '1.1' } = request;
  const headers = {
    Host: 'localhost',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': KEY,
    'Sec-WebSocket-Version': '13',
    ...request.headers
  };
  const lines = [`${method} ${path} HTTP/${version}`];

  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    for (const one of [value].flat()) lines.push(`${name}: ${one}`);
  }
  return lines.join('\r\n') + '\r\n\r\n';
}

/*
 * A peer made by hand over any stream: it says exactly the bytes a test gives
 * it, and remembers all it hears.
 */
class RawClient {
  constructor(socket) {
    this.socket = socket;
    this.chunks = [];
    this.length = 0; /* bytes heard and not yet taken */
    this.hasEnded = false; /* the other side sent FIN */
    this.isClosed = false;
    this.error = null;
    this.wake = () => {};

    socket.on('data', (chunk) => {
      this.chunks.push(chunk);
      this.length += chunk.length;
      this.wake();
    });
    socket.on('end', () => {
      this.hasEnded = true;
      this.wake();
    });
    socket.on('error', (err) => {
      this.error = err;
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.wake();
    });
  }

  get isOver() {
    return this.hasEnded || this.isClosed;
  }

  /* Resolves with probe()'s first value that is not undefined. */
  #wait(probe, what) {
    const found = new Promise((resolve) => {
      this.wake = () => {
        const value = probe();
        if (value === undefined) return;
        this.wake = () => {};
        resolve(value);
      };
      this.wake();
    });

    return guard(found, what);
  }

  /* What was heard and not yet taken, as one Buffer. */
  #inbox() {
    if (this.chunks.length !== 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0];
  }

  #take(size) {
    const inbox = this.#inbox();
    const bytes = inbox.subarray(0, size);
    this.chunks = [inbox.subarray(bytes.length)];
    this.length -= bytes.length;
    return bytes;
  }

  /* Writes all the parts as one write. */
  write(...parts) {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
  }

  /* Writes each piece on its own, with turns of the loop in between. */
  async writePieces(pieces) {
    for (const piece of pieces) {
      if (this.socket.destroyed || !this.socket.writable) return;
      await new Promise((resolve) => this.socket.write(piece, resolve));
      await turn();
    }
  }

  /* Writes the bytes one at a time. */
  writeByteByByte(bytes) {
    return this.writePieces(Array.from(bytes, (byte) => Buffer.from([byte])));
  }

  /* Takes the head of a response: everything through the empty line. */
  readHead() {
    return this.#wait(() => {
      const end = this.#inbox().indexOf('\r\n\r\n');
      if (end !== -1) return this.#take(end + 4).toString('latin1');
      return this.isOver ? '' : undefined;
    }, 'a response head');
  }

  /* Takes `size` bytes, or fewer if the stream ended before. */
  readBytes(size) {
    return this.#wait(() => {
      if (this.length >= size || this.isOver) return this.#take(size);
      return undefined;
    }, `${size} bytes`);
  }

  /* Takes everything until the other side ends or is gone. */
  readToEnd() {
    return this.#wait(
      () => (this.isOver ? this.#take(this.length) : undefined),
      'the end of the stream'
    );
  }

  /* Takes the next frame; null once no more can come. */
  nextFrame() {
    let size = 2; /* do not look again before so many bytes are here */

    return this.#wait(() => {
      if (this.length >= size) {
        const frame = readFrame(this.#inbox());
        if (frame.isComplete) {
          this.#take(frame.size);
          return frame;
        }
        size = frame.size;
      }
      return this.isOver ? null : undefined;
    }, 'a frame');
  }

  /* Takes `count` frames, fewer if the stream ends before. */
  async nextFrames(count) {
    const frames = [];
    while (frames.length < count) {
      const frame = await this.nextFrame();
      if (frame === null) break;
      frames.push(frame);
    }
    return frames;
  }

  /* Takes every frame that still comes before the end. */
  framesToEnd() {
    return this.nextFrames(Infinity);
  }

  /* Does the handshake by hand and gives the head of the response. */
  async upgrade(request = {}) {
    this.write(upgradeRequest(request), request.head || '');
    return this.readHead();
  }

  /* Resolves once the other side sent FIN or the connection is gone. */
  ended() {
    return this.#wait(() => this.isOver || undefined, 'a FIN');
  }

  /* Resolves once the connection is gone both ways. */
  closed() {
    return this.#wait(() => this.isClosed || undefined, 'the close');
  }

  /* Sends FIN. */
  end() {
    this.socket.end();
  }

  /* Sends RST over TCP, below TLS too; any other stream is just dropped. */
  reset() {
    const { socket } = this;
    const below = socket._handle?._parent;

    if (!below && socket._handle?.reset) {
      socket.resetAndDestroy();
      return;
    }
    /* Nobody tells TLS that what is below it has gone. */
    below?.reset(() => {
      this.isClosed = true;
      this.wake();
    });
    socket.destroy();
  }

  destroy() {
    this.socket.destroy();
  }
}

module.exports = { ACCEPT, KEY, RawClient, acceptValue, upgradeRequest };
