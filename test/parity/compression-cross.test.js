'use strict';

const assert = require('node:assert');
const ws = require('ws');

const implementation = require('../support/implementation');
const { json } = require('../support/json');
const { onRelease, releaseAll } = require('../support/transports');
const { TEST_TIMEOUT_MS, guard, nextEvent } = require('../support/wait');

/*
 * What each server agrees on with each client, and whether they understand each
 * other then: all combinations of their options, ours and ws in both roles.
 */

const HOST = '127.0.0.1';
const implementations = [implementation, ws];

const serverValues = {
  serverMaxWindowBits: [undefined, 10],
  clientMaxWindowBits: [undefined, 9],
  serverNoContextTakeover: [undefined, true],
  clientNoContextTakeover: [undefined, true]
};

const clientValues = {
  serverMaxWindowBits: [undefined, 9, 12],
  clientMaxWindowBits: [undefined, false, 9],
  serverNoContextTakeover: [undefined, true],
  clientNoContextTakeover: [undefined, true]
};

/* Each way to choose one value per name; what is undefined is left out. */
function combinations(values) {
  return Object.entries(values).reduce(
    (all, [name, choices]) =>
      all.flatMap((options) =>
        choices.map((value) =>
          value === undefined ? options : { ...options, [name]: value }
        )
      ),
    [{ threshold: 0 }]
  );
}

// The third is the second again: who takes over refers back to it.
const texts = ['short', json(2000, 1), json(2000, 1), json(5000, 7), ''];

function send(socket) {
  for (const text of texts) socket.send(text);
  socket.send(texts[3].slice(0, 1000), { fin: false });
  socket.ping();
  socket.send(texts[3].slice(1000, 1001), { fin: false });
  socket.send(texts[3].slice(1001));
}

/* Takes what send() sent, then calls. */
function expectTexts(socket, done) {
  const expected = [...texts, texts[3]];

  socket.on('message', (data) => {
    assert.strictEqual(String(data), expected.shift());
    if (expected.length === 0) done();
  });
}

async function listen({ WebSocketServer }, perMessageDeflate) {
  const wss = new WebSocketServer({ host: HOST, port: 0, perMessageDeflate });

  onRelease(() => wss.close());
  await nextEvent(wss, 'listening');
  wss.on('connection', (socket) => expectTexts(socket, () => send(socket)));
  return wss;
}

/* What a client comes to: the answer it got, or why it was refused. */
function outcome({ WebSocket }, wss, perMessageDeflate) {
  const client = new WebSocket(`ws://${HOST}:${wss.address().port}`, {
    perMessageDeflate
  });
  let answer;

  onRelease(() => client.terminate());
  client.on('upgrade', ({ headers }) => {
    answer = headers['sec-websocket-extensions'];
  });
  client.on('open', () => send(client));
  return guard(
    new Promise((resolve) => {
      client.on('error', (err) => resolve(err.message));
      expectTexts(client, () => {
        client.terminate();
        resolve(answer);
      });
    }),
    `an echo by ${JSON.stringify(perMessageDeflate)}`
  );
}

describe('[server-surface] what is agreed on and understood', function () {
  this.timeout(TEST_TIMEOUT_MS);

  afterEach(releaseAll);

  for (const options of combinations(serverValues)) {
    it(`by a server with ${JSON.stringify(options)}`, async () => {
      const servers = await Promise.all(
        implementations.map((one) => listen(one, options))
      );

      for (const offered of combinations(clientValues)) {
        const outcomes = await Promise.all(
          servers.flatMap((wss) =>
            implementations.map((one) => outcome(one, wss, offered))
          )
        );

        // The last is of ws with itself.
        assert.deepStrictEqual(
          outcomes,
          Array(outcomes.length).fill(outcomes.at(-1)),
          `a client with ${JSON.stringify(offered)}`
        );
      }
    });
  }
});
