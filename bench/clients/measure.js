'use strict';

// What a message costs a client: connections to an echo server, each with
// messages in flight; every reply is compared with what was sent. Prints the
// result as one line of JSON.
//
// Environment: PORT, CONNECTIONS, SIZE (bytes of text), DEPTH (in flight on each
// connection), WARMUP and SECONDS.

const { readFileSync } = require('node:fs');

function number(name) {
  return Number(process.env[name]);
}

const text = 'The quick brown fox jumps over the lazy dog. '
  .repeat(number('SIZE') / 40 + 1)
  .slice(0, number('SIZE'));
const bytes = Buffer.from(text);

function isExpected(data) {
  return typeof data === 'string' ? data === text : bytes.equals(data);
}

// Nanoseconds in which the main thread stood ready without a core.
function waited() {
  return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]);
}

function read(messages) {
  const { user, system } = process.cpuUsage();

  return {
    cpu: user + system,
    wait: waited(),
    at: performance.now(),
    messages
  };
}

function print(before, after) {
  const messages = after.messages - before.messages;
  const ms = after.at - before.at;

  console.log(
    JSON.stringify({
      messages,
      seconds: ms / 1e3,
      perSecond: (messages / ms) * 1e3,
      cpu: (after.cpu - before.cpu) / messages,
      serverBusy: (after.cpu - before.cpu) / 1e3 / ms,
      serverWait: (after.wait - before.wait) / 1e6 / ms
    })
  );
}

function sleep(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1e3));
}

// `open(url, onMessage)` resolves with a function that sends a text.
module.exports = async function measure(open) {
  const url = `ws://127.0.0.1:${number('PORT')}`;
  let messages = 0;

  const connect = async () => {
    const send = await open(url, (data) => {
      if (!isExpected(data)) throw new Error('a reply differs');
      messages++;
      send(text);
    });

    return send;
  };

  const senders = await Promise.all(
    Array.from({ length: number('CONNECTIONS') }, connect)
  );

  for (const send of senders) {
    for (let i = 0; i < number('DEPTH'); i++) send(text);
  }

  await sleep(number('WARMUP'));

  const before = read(messages);

  await sleep(number('SECONDS'));
  print(before, read(messages));
  process.exit();
};
