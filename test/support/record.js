'use strict';

const { guard } = require('./wait');

/* What a listener was called with, as plain values. */
const plain = {
  open: () => [],
  message: (data, isBinary) => [isBinary ? data : String(data)],
  ping: (data) => [String(data)],
  pong: (data) => [String(data)],
  upgrade: () => [],
  redirect: (url) => [url],
  'unexpected-response': (req, res) => [res.statusCode],
  error: (err) => [err.message],
  close: (code, reason) => [code, String(reason)]
};

/*
 * Writes down the events of a WebSocket as [name, ...values, readyState].
 * `done` resolves with the list at 'close'. Only the events that are named are
 * listened to, by default those that change nothing.
 */
function record(client, names = ['open', 'message', 'error', 'close']) {
  const events = [];

  for (const name of names) {
    client.on(name, (...args) => {
      events.push([name, ...plain[name](...args), client.readyState]);
    });
  }

  const closed = new Promise((resolve) => {
    client.on('close', () => resolve(events));
  });

  return { events, done: guard(closed, "the event 'close'") };
}

/* The events of a client up to its 'close'. */
function eventsOf(client, names) {
  return record(client, names).done;
}

module.exports = { eventsOf, record };
