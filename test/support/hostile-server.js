'use strict';

const { RawClient, acceptValue } = require('./raw-client');
const { onRelease } = require('./transports');
const { until } = require('./wait');

/* The value of a header in a request or response head; undefined if absent. */
function headerOf(head, name) {
  const match = new RegExp(`^${name}: ?(.*)\r$`, 'im').exec(head);
  return match?.[1];
}

/*
 * The answer to an upgrade request. `headers` replace or add by name; undefined
 * as a value drops the header, an array repeats it.
 */
function upgradeResponse(request, { status, headers } = {}) {
  const all = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': acceptValue(headerOf(request, 'Sec-WebSocket-Key')),
    ...headers
  };
  const lines = [`HTTP/1.1 ${status ?? '101 Switching Protocols'}`];

  for (const [name, value] of Object.entries(all)) {
    if (value === undefined) continue;
    for (const one of [value].flat()) lines.push(`${name}: ${one}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/*
 * A server made by hand: each stream that comes is a peer that says exactly the
 * bytes a test gives it.
 */
class HostileServer {
  #peers = [];

  /* Takes a stream in. */
  take(stream) {
    onRelease(() => stream.destroy());
    this.#peers.push(new RawClient(stream));
  }

  /* The next peer, nothing said yet. */
  async next() {
    await until(() => this.#peers.length > 0, 'a connection');
    return this.#peers.shift();
  }

  /* The next peer with the head of its request as `request`. */
  async requested() {
    const peer = await this.next();
    peer.request = await peer.readHead();
    return peer;
  }

  /*
   * The next peer, its handshake done as upgradeResponse() does it. `behind`:
   * bytes to send in the same write.
   */
  async upgraded({ behind = '', ...handshake } = {}) {
    const peer = await this.requested();
    peer.write(upgradeResponse(peer.request, handshake), behind);
    return peer;
  }
}

module.exports = { HostileServer, headerOf, upgradeResponse };
