'use strict';

// The two shapes that most scenarios have (see scenarios.js).

function echo(name, size, connections, load, more) {
  const type = size >= 16384 ? 'binary' : 'text';

  return {
    name,
    mode: 'echo',
    per: 'message',
    value: 'cpu',
    load: ['echo', { size, connections, type, ...load }],
    ...more
  };
}

function fanout(name, mode, size, connections, load, more) {
  return {
    name,
    mode,
    per: 'copy',
    value: 'cpu',
    load: ['fanout', { size, connections, ...load }],
    ...more
  };
}

module.exports = { echo, fanout };
