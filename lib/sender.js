'use strict';

const { randomFillSync } = require('crypto');

const native = require('./native');
const sendCallbacks = require('./send-callbacks');
const PerMessageDeflate = require('./permessage-deflate');
const SenderQueue = require('./sender-queue');
const { checkControlLength, closePayload } = require('./payload');
const { byteLength, toBuffer } = require('./buffer-util');
const { isBlob } = require('./validation');
const {
  EMPTY_BUFFER,
  OPCODE_BINARY,
  OPCODE_CLOSE,
  OPCODE_CONTINUATION,
  OPCODE_PING,
  OPCODE_PONG,
  OPCODE_TEXT
} = require('./constants');

const MASK_LENGTH = 4;
const POOL_LENGTH = 8 * 1024;

const pool = Buffer.alloc(POOL_LENGTH);
let poolOffset = POOL_LENGTH;

/**
 * Frames messages and writes them to a stream, as `ws` exports it. A WebSocket
 * of uvws frames in C: this is for those who hold frames in their hands.
 */
class Sender {
  #deflate;
  #isCompressed = false; // the message whose fragments are being sent
  #queue = null;

  /**
   * @param {Duplex} socket Where to write to
   * @param {Object} [extensions] The extensions that were agreed on
   * @param {Function} [generateMask] Fills a 4-byte Buffer with a masking key
   */
  constructor(socket, extensions, generateMask) {
    this._bufferedBytes = 0;
    this._extensions = extensions || {};
    this.#deflate = this._extensions[PerMessageDeflate.extensionName];
    this._firstFragment = true;
    this._generateMask = generateMask;
    this._socket = socket;
  }

  /**
   * Frames data (RFC 6455 5.2).
   *
   * @param {(Buffer|String)} data The payload
   * @param {Object} options Options
   * @param {Boolean} [options.fin=false] Whether to set the FIN bit
   * @param {Function} [options.generateMask] Fills a 4-byte Buffer with a
   *     masking key; by default it is random
   * @param {Boolean} [options.mask=false] Whether to mask the payload
   * @param {Buffer} [options.maskBuffer] Where the key is put
   * @param {Number} options.opcode The opcode
   * @param {Boolean} [options.readOnly=false] Whether the payload must not be
   *     masked in place
   * @param {Boolean} [options.rsv1=false] Whether to set the RSV1 bit
   * @return {Buffer[]} The header and the payload, or both in one
   */
  static frame(data, options) {
    const isOurs = typeof data === 'string';
    const payload = isOurs ? Buffer.from(data) : data;
    const key = options.mask ? makeKey(options) : null;
    const isClear = key === null || key.every((byte) => byte === 0);
    const isCopied = !isClear && options.readOnly && !isOurs;
    const target = makeHeader(payload.length, options, key, isCopied);

    if (payload.length === 0) return [target];
    if (isClear) return [target, payload];
    if (isCopied) {
      native.mask(payload, key, target, target.length - payload.length);
      return [target];
    }

    native.mask(payload, key, payload, 0);
    return [target, payload];
  }

  /**
   * @param {Number} [code] The close code
   * @param {(String|Uint8Array)} [data] The reason
   * @param {Boolean} [mask] Whether to mask the frame
   * @param {Function} [cb] Called when it is written
   */
  close(code, data, mask, cb) {
    this.#push(OPCODE_CLOSE, closePayload(code, data), { fin: true, mask }, cb);
  }

  /**
   * @param {*} data At most 125 bytes
   * @param {Boolean} [mask] Whether to mask the frame
   * @param {Function} [cb] Called when it is written
   */
  ping(data, mask, cb) {
    checkControlLength(byteLength(data));
    this.#push(OPCODE_PING, data, { fin: true, mask }, cb);
  }

  /**
   * @param {*} data At most 125 bytes
   * @param {Boolean} [mask] Whether to mask the frame
   * @param {Function} [cb] Called when it is written
   */
  pong(data, mask, cb) {
    checkControlLength(byteLength(data));
    this.#push(OPCODE_PONG, data, { fin: true, mask }, cb);
  }

  /**
   * @param {*} data The message, or a fragment of it; a Blob will do
   * @param {Object} options `binary`, `compress`, `fin`, `mask`
   * @param {Function} [cb] Called when it is written
   */
  send(data, options, cb) {
    const isFirst = this._firstFragment;
    let opcode = OPCODE_CONTINUATION;

    if (isFirst) {
      opcode = options.binary ? OPCODE_BINARY : OPCODE_TEXT;
      this.#isCompressed = !!options.compress && this.#compresses(data);
    }
    this._firstFragment = !!options.fin;
    this.#push(opcode, data, options, cb, this.#isCompressed, isFirst);
  }

  /**
   * Writes what `frame()` made.
   *
   * @param {Array} list The parts of the frame
   * @param {Function} [cb] Called when they are written
   */
  sendFrame(list, cb) {
    if (list.length === 1) {
      this._socket.write(list[0], cb);
      return;
    }

    this._socket.cork();
    this._socket.write(list[0]);
    this._socket.write(list[1], cb);
    this._socket.uncork();
  }

  // Where the context is not taken over, small messages are left alone.
  #compresses(data) {
    const deflate = this.#deflate;

    if (!deflate) return false;

    const role = deflate._isServer ? 'server' : 'client';

    return (
      !deflate.params[`${role}_no_context_takeover`] ||
      byteLength(data) >= deflate._threshold
    );
  }

  #push(
    opcode,
    data,
    { fin, mask },
    cb,
    isCompressed = false,
    isFirst = false
  ) {
    const blob = isBlob(data) ? data : null;

    this.#queue ??= new SenderQueue(this, this.#deflate, Sender.frame);
    this.#queue.push({
      blob,
      cb,
      data: blob === null ? toBuffer(data) : null,
      isCompressed,
      length: byteLength(data),
      options: {
        fin,
        generateMask: this._generateMask,
        mask,
        opcode,
        readOnly: blob === null,
        rsv1: isCompressed && isFirst
      }
    });
  }
}

/**
 * What `ws._sender` is: frames that somebody made go out through C, in order
 * with the others.
 *
 * @extends Sender
 */
class ConnectionSender extends Sender {
  #websocket;

  /**
   * @param {WebSocket} websocket The WebSocket
   */
  constructor(websocket) {
    super(null);
    this._extensions = websocket._extensions;
    this.#websocket = websocket;
  }

  get _socket() {
    return this.#websocket._socket;
  }

  // The constructor of Sender assigns it.
  set _socket(value) {}

  get _bufferedBytes() {
    return #websocket in this ? this.#websocket._queuedBytes() : 0;
  }

  set _bufferedBytes(value) {}

  sendFrame(list, cb) {
    const websocket = this.#websocket;
    const slot = websocket._slot;

    if (slot === -1) {
      sendCallbacks.refuse(cb);
      return;
    }

    if (list.length === 1) native.write(slot, list[0], EMPTY_BUFFER);
    else native.write(slot, list[0], toBuffer(list[1]));
    if (cb) websocket._expectWritten(cb);
  }
}

module.exports = { ConnectionSender, Sender };

/**
 * Makes the masking key of one frame, unpredictable unless the caller knows
 * better (RFC 6455 5.3).
 */
function makeKey({ generateMask, maskBuffer }) {
  const key = maskBuffer || Buffer.alloc(MASK_LENGTH);

  if (generateMask) {
    generateMask(key);
    return key;
  }

  if (poolOffset === POOL_LENGTH) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  pool.copy(key, 0, poolOffset, poolOffset + MASK_LENGTH);
  poolOffset += MASK_LENGTH;
  return key;
}

/**
 * Makes the header, with room for the payload behind it if it is to be copied.
 */
function makeHeader(length, { fin, opcode, rsv1 }, key, isCopied) {
  const extended = length < 126 ? 0 : length < 65536 ? 2 : 8;
  const size = 2 + extended + (key === null ? 0 : MASK_LENGTH);
  const target = Buffer.allocUnsafe(isCopied ? size + length : size);

  target[0] = opcode | (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0);
  target[1] = key === null ? 0 : 0x80;

  if (extended === 0) {
    target[1] |= length;
  } else if (extended === 2) {
    target[1] |= 126;
    target.writeUInt16BE(length, 2);
  } else {
    target[1] |= 127;
    target.writeBigUInt64BE(BigInt(length), 2);
  }
  if (key !== null) target.set(key, 2 + extended);
  return target;
}
