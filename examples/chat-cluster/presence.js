'use strict';

const { EventEmitter } = require('events');
const { randomUUID } = require('crypto');

const CHANNEL = 'chat:presence';
const BEAT_MS = 1000;
const SILENT_MS = 3500;

/**
 * Who is in the room on the other nodes. Each node tells all it has every second,
 * and at once when that changes; one that is silent is taken for gone. Emits
 * 'joined', 'left' and 'renamed' for the members elsewhere, and 'taken' for one of
 * ours who has come back through another node.
 */
class Presence extends EventEmitter {
  #id = randomUUID();
  #client;
  #nodes = new Map(); // node -> { heard, members: Map of id -> member }
  #own; // our members: an iterable of { id, name, token }
  #subscriber;
  #timer = null;

  constructor(client, own) {
    super();
    this.#client = client;
    this.#subscriber = client.duplicate();
    this.#subscriber.on('error', () => {});
    this.#own = own;
  }

  async start() {
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
    await this.#subscriber.connect();
    await this.#subscriber.subscribe(CHANNEL, (text) =>
      this.#hear(JSON.parse(text))
    );
    this.tell();
  }

  stop() {
    clearInterval(this.#timer);
    this.#send([]);
    this.#subscriber.destroy();
  }

  /** Tells the other nodes who is here. */
  tell() {
    this.#send([...this.#own()]);
  }

  /** The members elsewhere. */
  *members() {
    for (const { members } of this.#nodes.values()) yield* members.values();
  }

  /** A member elsewhere goes on here. */
  take(member) {
    for (const { members } of this.#nodes.values()) members.delete(member.id);
  }

  #send(members) {
    if (!this.#client.isReady) return;
    const text = JSON.stringify({ node: this.#id, members });
    this.#client.publish(CHANNEL, text).catch(() => {});
  }

  #beat() {
    const silentSince = Date.now() - SILENT_MS;

    this.tell();
    for (const [node, { heard, members }] of this.#nodes) {
      if (heard > silentSince) continue;
      this.#nodes.delete(node);
      for (const member of members.values()) this.emit('left', member);
    }
  }

  #hear({ node, members }) {
    if (node === this.#id) return;

    const before = this.#nodes.get(node)?.members ?? new Map();
    const now = new Map(members.map((member) => [member.id, member]));

    this.#nodes.set(node, { heard: Date.now(), members: now });
    for (const member of members) {
      const known = before.get(member.id);
      const wasElsewhere = !known && this.#moved(node, member);

      if (!known && !wasElsewhere) this.emit('joined', member);
      else if (known && known.name !== member.name) {
        this.emit('renamed', member, known.name);
      }
    }
    for (const member of before.values()) {
      if (!now.has(member.id) && !this.#has(member)) this.emit('left', member);
    }
  }

  // From one node to another, as when a node died and its members came back.
  #moved(to, { id }) {
    let wasElsewhere = false;

    for (const [node, { members }] of this.#nodes) {
      if (node !== to && members.delete(id)) wasElsewhere = true;
    }
    for (const own of this.#own()) {
      if (own.id !== id) continue;
      wasElsewhere = true;
      this.emit('taken', own);
    }
    return wasElsewhere;
  }

  #has({ id }) {
    for (const member of [...this.#own(), ...this.members()]) {
      if (member.id === id) return true;
    }
    return false;
  }
}

module.exports = Presence;
