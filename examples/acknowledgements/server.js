'use strict';

// Questions and answers over JSON: each side numbers its questions, and an
// answer repeats the number.
//
//   PORT=8080 node examples/acknowledgements/server.js
//
//   {"id": 1, "ask": "add", "with": [2, 3]}   a question
//   {"to": 1, "answer": 5}                    its answer
//   {"to": 1, "error": "why not"}             or what went wrong

const WebSocket = require('uvws');

const PATIENCE_MS = 5000;

/** Asks over a WebSocket, and answers with the functions it is given. */
class Dialogue {
  #ws;
  #lastId = 0;
  #waiting = new Map();

  constructor(ws, functions) {
    this.#ws = ws;
    ws.on('message', (data) => this.#read(data, functions));
    ws.on('close', () => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error('The connection is closed'));
      }
    });
  }

  /** Resolves with the other side's answer. */
  ask(name, ...args) {
    const id = ++this.#lastId;

    this.#send({ id, ask: name, with: args });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error('There is no answer')),
        PATIENCE_MS
      );
      this.#waiting.set(id, { resolve, reject, timer });
    }).finally(() => {
      clearTimeout(this.#waiting.get(id).timer);
      this.#waiting.delete(id);
    });
  }

  async #read(data, functions) {
    let message;

    try {
      message = Object(JSON.parse(data));
    } catch {
      this.#ws.close(1007, 'JSON is expected');
      return;
    }

    if ('to' in message) this.#settle(message);
    else await this.#answer(message, functions);
  }

  #settle({ to, answer, error }) {
    const waiting = this.#waiting.get(to);

    if (error === undefined) waiting?.resolve(answer);
    else waiting?.reject(new Error(error));
  }

  async #answer({ id, ask, with: args }, functions) {
    try {
      if (!Object.hasOwn(functions, ask)) throw new Error(`What is ${ask}?`);
      this.#send({ to: id, answer: await functions[ask](...args) });
    } catch (err) {
      this.#send({ to: id, error: err.message });
    }
  }

  #send(message) {
    this.#ws.send(JSON.stringify(message));
  }
}

const wss = new WebSocket.Server({
  host: process.env.HOST,
  port: Number(process.env.PORT || 8080)
});

wss.on('connection', async (ws) => {
  ws.on('error', console.error);

  const client = new Dialogue(ws, {
    add: (a, b) => a + b,
    later: (ms) => new Promise((resolve) => setTimeout(resolve, ms, 'now'))
  });

  try {
    console.log(`This is ${await client.ask('name')}`);
  } catch (err) {
    console.log(`Somebody without a name: ${err.message}`);
  }
});

wss.on('listening', () => {
  console.log(`Answers on ws://localhost:${wss.address().port}`);
});
