'use strict';

const { randomUUID } = require('crypto');
const WebSocket = require('uvws');
const { face, isSameName, nameTaken } = require('../chat/names');
const { ProtocolError } = require('../chat/protocol');

const TOPIC = 'room';

/**
 * The room of examples/chat, whose members are connected to several nodes: what is
 * said goes through a topic, who is there through Presence.
 */
class Room {
  #history;
  #members = new Map(); // WebSocket -> { id, name, token }
  #presence;
  #server;

  constructor(server, history) {
    this.#server = server;
    this.#history = history;
  }

  /** The members of this node. */
  get members() {
    return this.#members.values();
  }

  /** Listens to what changes on the other nodes. */
  connect(presence) {
    this.#presence = presence;
    presence.on('joined', (member) => this.#tell('joined', member));
    presence.on('left', (member) => this.#tell('left', member));
    presence.on('renamed', (member, before) =>
      this.#tell('renamed', member, { before })
    );
    presence.on('taken', (member) => {
      for (const [ws, own] of this.#members) {
        if (own !== member) continue;
        this.#members.delete(ws);
        ws.terminate();
      }
    });
  }

  /** Lets a connection in; throws ProtocolError if the name is another's. */
  async join(ws, { name, token }) {
    if (this.#members.has(ws)) {
      throw new ProtocolError('already-joined', 'You are in the room already');
    }

    const history = await this.#history.read();
    if (ws.readyState !== WebSocket.OPEN || this.#members.has(ws)) return;

    const holder = this.#holderOf(name);
    if (holder && holder.token !== token) throw nameTaken(name);
    const member = holder ?? { id: randomUUID(), name, token: randomUUID() };
    if (holder) this.#take(holder);

    this.#members.set(ws, member);
    this.#welcome(ws, member, history);
    if (!holder) this.#tell('joined', member, {}, ws);
    this.#presence.tell();
  }

  /** Gives a member another name. */
  rename(ws, { name }) {
    const member = this.#memberOf(ws);
    const holder = this.#holderOf(name);

    if (holder && holder !== member) throw nameTaken(name);

    const before = member.name;
    member.name = name;
    this.#tell('renamed', member, { before });
    this.#presence.tell();
  }

  /** Tells everyone on every node, the speaker too, and remembers it. */
  say(ws, { text }) {
    const from = face(this.#memberOf(ws));
    const id = randomUUID();
    const message = { type: 'message', id, from, text, at: Date.now() };

    this.#history.add(message);
    this.#server.publish(TOPIC, JSON.stringify(message));
  }

  /** Takes a connection out; harmless for one that never joined. */
  leave(ws) {
    const member = this.#members.get(ws);

    if (!this.#members.delete(ws)) return;
    this.#tell('left', member);
    this.#presence.tell();
  }

  #welcome(ws, member, history) {
    const frame = {
      type: 'welcome',
      you: face(member),
      token: member.token,
      members: [...this.#everyone()].map(face),
      history
    };

    ws.send(JSON.stringify(frame));
    ws.subscribe(TOPIC);
  }

  // The members of this node; the other nodes tell theirs.
  #tell(type, member, fields, except) {
    const frame = { type, member: face(member), ...fields, at: Date.now() };
    const text = JSON.stringify(frame);

    for (const ws of this.#members.keys()) if (ws !== except) ws.send(text);
  }

  // The old connection has not noticed yet that its network is gone.
  #take(member) {
    this.#presence.take(member);
    for (const [ws, own] of this.#members) {
      if (own !== member) continue;
      this.#members.delete(ws);
      ws.terminate();
    }
  }

  *#everyone() {
    yield* this.#members.values();
    yield* this.#presence.members();
  }

  #memberOf(ws) {
    const member = this.#members.get(ws);

    if (member) return member;
    throw new ProtocolError('not-joined', 'Join with a name first');
  }

  #holderOf(name) {
    for (const member of this.#everyone()) {
      if (isSameName(member.name, name)) return member;
    }
    return null;
  }
}

module.exports = Room;
