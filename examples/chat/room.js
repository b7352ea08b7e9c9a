'use strict';

const { randomUUID } = require('crypto');
const WebSocket = require('uvws');
const { face, isSameName, nameTaken } = require('./names');
const { ProtocolError } = require('./protocol');

const HISTORY = 50;
const MAX_BACKLOG_BYTES = 1024 * 1024;

/** Who is here, under which name, and what was said last. */
class Room {
  #members = new Map(); // WebSocket -> { id, name, token }
  #history = [];

  /** Lets a connection in; throws ProtocolError if the name is another's. */
  join(ws, { name, token }) {
    if (this.#members.has(ws)) {
      throw new ProtocolError('already-joined', 'You are in the room already');
    }

    const holder = this.#holderOf(name);
    if (holder && this.#members.get(holder).token === token) {
      this.#resume(holder, ws);
      return;
    }
    if (holder) throw nameTaken(name);

    const member = { id: randomUUID(), name, token: randomUUID() };
    this.#members.set(ws, member);
    this.#welcome(ws, member);
    this.#broadcast({ type: 'joined', member: face(member), at: now() }, ws);
  }

  /** Gives a member another name. */
  rename(ws, { name }) {
    const member = this.#memberOf(ws);
    const holder = this.#holderOf(name);

    if (holder && holder !== ws) throw nameTaken(name);

    const before = member.name;
    member.name = name;
    this.#broadcast({
      type: 'renamed',
      member: face(member),
      before,
      at: now()
    });
  }

  /** Tells everyone, the speaker too, and remembers it. */
  say(ws, { text }) {
    const from = face(this.#memberOf(ws));
    const message = {
      type: 'message',
      id: randomUUID(),
      from,
      text,
      at: now()
    };

    this.#history.push(message);
    if (this.#history.length > HISTORY) this.#history.shift();
    this.#broadcast(message);
  }

  /** Takes a connection out; harmless for one that never joined. */
  leave(ws) {
    const member = this.#members.get(ws);

    if (this.#members.delete(ws)) {
      this.#broadcast({ type: 'left', member: face(member), at: now() });
    }
  }

  // The network went away under the old connection, which has not noticed yet.
  #resume(old, ws) {
    const member = this.#members.get(old);

    this.#members.delete(old);
    old.terminate();
    this.#members.set(ws, member);
    this.#welcome(ws, member);
  }

  #welcome(ws, member) {
    const frame = {
      type: 'welcome',
      you: face(member),
      token: member.token,
      members: [...this.#members.values()].map(face),
      history: this.#history
    };
    ws.send(JSON.stringify(frame));
  }

  #broadcast(frame, except) {
    const text = JSON.stringify(frame);

    for (const ws of this.#members.keys()) {
      if (ws === except || ws.readyState !== WebSocket.OPEN) continue;
      // Who does not read must not fill our memory.
      if (ws.bufferedAmount > MAX_BACKLOG_BYTES) ws.terminate();
      else ws.send(text);
    }
  }

  #memberOf(ws) {
    const member = this.#members.get(ws);

    if (!member)
      throw new ProtocolError('not-joined', 'Join with a name first');
    return member;
  }

  #holderOf(name) {
    for (const [ws, member] of this.#members) {
      if (isSameName(member.name, name)) return ws;
    }
    return null;
  }
}

function now() {
  return Date.now();
}

module.exports = Room;
