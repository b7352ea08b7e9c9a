'use strict';

// Families of scenarios that differ in one number, to see how the cost of a
// message grows with it. `x` is that number.

const { echo, fanout } = require('./shapes');

// One source address has ports for some 28,000 connections at a time, closed
// ones that wait included.
const SOURCES = 8;

const MANY = { sources: SOURCES };
const KIB = 1024;
const MIB = 1024 * KIB;

function family(name, points, make) {
  return points.map((point) => {
    const scenario = make(`${name}-${point.x}`, point);

    return { ...scenario, family: name, x: point.x, isGrowth: true };
  });
}

const counts = [10, 100, 1000, 10000].map((x) => ({ x }));

// So many connections that a few MiB are in flight at most.
const sizes = [
  { x: 2, connections: 100 },
  { x: 64, connections: 100 },
  { x: KIB, connections: 100 },
  { x: 16 * KIB, connections: 100 },
  { x: 256 * KIB, connections: 8 },
  { x: MIB, connections: 4 },
  { x: 16 * MIB, connections: 2 }
];

const growth = [
  ...family('connections', counts, (name, { x }) => echo(name, 64, x, MANY)),
  ...family('size', sizes, (name, { x, connections }) =>
    echo(name, x, connections)
  ),
  ...family('subscribers', counts, (name, { x }) =>
    fanout(name, 'fanout', 64, x, MANY)
  ),
  ...family('published', counts, (name, { x }) =>
    fanout(name, 'publish', 64, x, MANY)
  )
];

module.exports = { growth };
