'use strict';

const { Duplex } = require('stream');

/**
 * Makes a Duplex of a WebSocket: messages are its chunks.
 *
 * @param {WebSocket} ws The WebSocket
 * @param {Object} [options] Options of the Duplex; `autoDestroy`, `emitClose`,
 *     `objectMode` and `writableObjectMode` are ignored
 * @return {Duplex} The Duplex
 */
function createWebSocketStream(ws, options) {
  return new WebSocketStream(ws, options);
}

class WebSocketStream extends Duplex {
  #websocket;
  // After an error of the connection its close frame is still to be sent.
  #mustTerminate = true;

  constructor(websocket, options) {
    super({
      ...options,
      autoDestroy: false,
      emitClose: false,
      objectMode: false,
      writableObjectMode: false
    });
    this.#websocket = websocket;

    websocket.on('message', (data, isBinary) =>
      this.#onMessage(data, isBinary)
    );
    websocket.once('error', (err) => this.#onError(err));
    websocket.once('close', () => {
      if (!this.destroyed) this.push(null);
    });

    // Destroyed when both sides are done, whichever is first.
    this.on('end', () => this.#destroyIfDone());
    this.on('finish', () => this.#destroyIfDone());
    this.on('error', rethrowUnheard);
  }

  #onMessage(data, isBinary) {
    const chunk = !isBinary && this.readableObjectMode ? data.toString() : data;

    if (!this.push(chunk)) this.#websocket.pause();
  }

  #onError(err) {
    if (this.destroyed) return;

    this.#mustTerminate = false;
    this.destroy(err);
  }

  #destroyIfDone() {
    if (this.readableEnded && this.writableFinished) this.destroy();
  }

  #emitCloseLater() {
    process.nextTick(() => this.emit('close'));
  }

  _read() {
    if (this.#websocket.isPaused) this.#websocket.resume();
  }

  _write(chunk, encoding, callback) {
    if (this.#websocket.readyState === this.#websocket.CONNECTING) {
      this.#websocket.once('open', () =>
        this._write(chunk, encoding, callback)
      );
      return;
    }

    this.#websocket.send(chunk, callback);
  }

  _final(callback) {
    const websocket = this.#websocket;

    if (websocket.readyState === websocket.CONNECTING) {
      websocket.once('open', () => this._final(callback));
      return;
    }

    // The opening handshake has failed: an error is on its way.
    if (websocket._transport === null) return;

    if (websocket.readyState === websocket.CLOSED) {
      callback();
      return;
    }

    if (websocket._closeFrameReceived) {
      process.nextTick(callback);
      return;
    }

    // With the closing handshake all is sent; 'close' may take its time.
    const finish = () => {
      websocket._receiver.removeListener('conclude', finish);
      websocket.removeListener('close', finish);
      callback();
    };

    websocket._receiver.on('conclude', finish);
    websocket.on('close', finish);
    websocket.close();
  }

  _destroy(err, callback) {
    const websocket = this.#websocket;

    if (websocket.readyState === websocket.CLOSED) {
      callback(err);
      this.#emitCloseLater();
      return;
    }

    let isCalled = false;

    websocket.once('error', (error) => {
      isCalled = true;
      callback(error);
    });
    websocket.once('close', () => {
      if (!isCalled) callback(err);
      this.#emitCloseLater();
    });

    if (this.#mustTerminate) websocket.terminate();
  }
}

// Having a listener of our own must not swallow what nobody else listens to.
function rethrowUnheard(err) {
  this.removeListener('error', rethrowUnheard);
  this.destroy();
  if (this.listenerCount('error') === 0) this.emit('error', err);
}

module.exports = createWebSocketStream;
