'use strict';

// What is measured with each server. `mode` is for the server program, `load`
// for the load generator; `per` says what the cost is divided by. A scenario
// with `listen` depends on how the server listens; `value` names the field of
// the load generator's result to compare (cpu: µs of server CPU per message).
// `tls` is wss, `deflate` permessage-deflate on both sides. In a scenario with
// `client` it is the client that is measured, against the floor.

const { growth } = require('./growth');
const { echo, fanout } = require('./shapes');

// Before memory is read: when nothing has happened for ten seconds, V8 gives back
// what young objects needed while the connections came.
const REST_S = 14;

function idle(name, connections, more) {
  return {
    name,
    mode: 'echo',
    per: 'connection',
    value: 'bytesPerConnection',
    listen: true,
    load: ['idle', { connections, collect: 1, settle: REST_S, ...more.load }],
    descriptors: more.descriptors
  };
}

function client(name, size, connections, more) {
  return {
    name,
    mode: 'echo',
    per: 'message',
    value: 'cpu',
    client: { size, connections, ...more }
  };
}

const short = { short: true };

// What not every machine allows: see bench/vm/run.sh.
const manyLoad = { sources: 4 };
const manyNeed = { descriptors: 60000 };
const many = [
  idle('idle-50k', 50000, { load: manyLoad, ...manyNeed }),
  fanout('fanout-50k', 'fanout', 64, 50000, manyLoad, manyNeed),
  fanout('publish-50k', 'publish', 64, 50000, manyLoad, manyNeed)
];

const scenarios = [
  echo('echo-64', 64, 100, {}, short),
  echo('echo-64-d16', 64, 100, { depth: 16 }, short),
  echo('echo-64-1conn', 64, 1, {}),
  echo('echo-64-paced', 64, 100, { rate: 10000 }),
  echo('echo-64-idle10k', 64, 100, { idle: 10000 }),
  echo('echo-1k', 1024, 100, {}),
  echo('echo-1k-utf8', 1024, 100, { type: 'utf8' }),
  echo('echo-16k', 16384, 100, {}, short),
  echo('echo-64k', 65536, 20, {}),
  echo('echo-1m', 1048576, 4, {}, short),
  echo('deflate-1k', 1024, 100, { type: 'json' }, { ...short, deflate: true }),
  echo('deflate-64k', 65536, 20, { type: 'json' }, { deflate: true }),
  echo('wss-64', 64, 100, {}, { ...short, tls: true }),
  echo('wss-64-d16', 64, 100, { depth: 16 }, { tls: true }),
  echo('wss-16k', 16384, 50, {}, { tls: true }),
  fanout('fanout-1000', 'fanout', 64, 1000, {}, short),
  fanout('fanout-1000-d16', 'fanout', 64, 1000, { depth: 16 }, short),
  fanout('fanout-5000-1k', 'fanout', 1024, 5000, {}),
  fanout(
    'fanout-1000-deflate',
    'fanout',
    1024,
    1000,
    { type: 'json' },
    { deflate: true }
  ),
  fanout('publish-1000', 'publish', 64, 1000, {}),
  fanout('publish-1000-d16', 'publish', 64, 1000, { depth: 16 }, short),
  { ...client('client-64', 64, 100), ...short },
  client('client-64-d16', 64, 100, { depth: 16 }),
  client('client-16k', 16384, 100),
  {
    name: 'handshake',
    mode: 'echo',
    per: 'handshake',
    value: 'cpu',
    listen: true,
    load: ['handshake', { connections: 32, sources: 8 }],
    short: true
  },
  idle('idle-10k', 10000, {}),
  ...many,
  ...growth
];

module.exports = { scenarios };
