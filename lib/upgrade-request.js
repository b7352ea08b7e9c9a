'use strict';

const { IncomingMessage } = require('http');

/**
 * The request of an upgrade that C has read: an `http.IncomingMessage` whose
 * headers and socket are made when they are asked for.
 *
 * @extends IncomingMessage
 */
class UpgradeRequest extends IncomingMessage {
  #head;
  #rawHeaders = null;
  #websocket;

  /**
   * @param {String} head The request head, checked by C, with its empty line
   * @param {WebSocket} websocket The WebSocket whose socket it came from
   */
  constructor(head, websocket) {
    super();

    const methodEnd = head.indexOf(' ');
    const urlEnd = head.indexOf(' ', methodEnd + 1);

    this.#head = head;
    this.#websocket = websocket;
    this.method = head.slice(0, methodEnd);
    this.url = head.slice(methodEnd + 1, urlEnd);
    this.httpVersionMajor = 1;
    this.httpVersionMinor = 1;
    this.httpVersion = '1.1';
    this.upgrade = true;
    this.complete = true;
  }

  get socket() {
    return this.#websocket._socket;
  }

  // The constructor of IncomingMessage assigns both.
  set socket(value) {}

  get client() {
    return this.#websocket._socket;
  }

  set client(value) {}

  get headers() {
    this.#parse();
    return super.headers;
  }

  set headers(value) {
    super.headers = value;
  }

  get headersDistinct() {
    this.#parse();
    return super.headersDistinct;
  }

  set headersDistinct(value) {
    super.headersDistinct = value;
  }

  get rawHeaders() {
    this.#parse();
    return this.#rawHeaders;
  }

  set rawHeaders(value) {
    // Not there yet while the constructor of IncomingMessage runs.
    if (#head in this) this.#rawHeaders = value;
  }

  // Goes through node's own rules for doubled and special headers.
  #parse() {
    if (this.#rawHeaders !== null) return;

    const lines = parseHeaders(this.#head);

    this.#rawHeaders = lines;
    this.complete = false;
    this._addHeaderLines(lines, lines.length);
    this.complete = true;
  }
}

for (const name of [
  'client',
  'headers',
  'headersDistinct',
  'rawHeaders',
  'socket'
]) {
  Object.defineProperty(UpgradeRequest.prototype, name, { enumerable: true });
}

module.exports = UpgradeRequest;

function parseHeaders(head) {
  const lines = head.split('\r\n');
  const headers = [];

  // The first is the request line, the last two end the head.
  for (let i = 1; i < lines.length - 2; i++) {
    const colon = lines[i].indexOf(':');

    headers.push(lines[i].slice(0, colon), trim(lines[i].slice(colon + 1)));
  }
  return headers;
}

function trim(value) {
  return value.replace(/^[ \t]+|[ \t]+$/g, '');
}
