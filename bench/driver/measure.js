'use strict';

const { startServer, stopServer, runClient, runLoad } = require('./processes');
const { floor, takesPart } = require('./servers');

// One fresh server process, one measurement.
async function measureOnce(server, scenario, options) {
  const started = await startServer(
    scenario.client ? floor : server,
    scenario,
    options
  );

  try {
    return await (scenario.client
      ? runClient(started, server, scenario, options)
      : runLoad(started, scenario, options));
  } finally {
    await stopServer(started);
  }
}

function rotate(list, by) {
  const at = by % list.length;

  return [...list.slice(at), ...list.slice(0, at)];
}

// What is to be measured, in order: the servers of a scenario directly one
// after another, so that a round's ratios compare what ran within seconds;
// each round begins with another server.
function plan(scenarios, servers, rounds) {
  const steps = [];

  for (let round = 0; round < rounds; round++) {
    for (const scenario of scenarios) {
      const taking = servers.filter((server) => takesPart(server, scenario));

      for (const server of rotate(taking, round)) {
        steps.push({ round, scenario, server });
      }
    }
  }

  return steps;
}

// Gives a list of { scenario, server, round, result } or { ..., error }, with
// the names only. `onStep` hears of each when it is done.
async function measureAll(steps, options, onStep) {
  const samples = [];

  for (const { round, scenario, server } of steps) {
    const sample = { scenario: scenario.name, server: server.name, round };

    try {
      sample.result = await measureOnce(server, scenario, options);
    } catch (err) {
      sample.error = err.message;
    }
    samples.push(sample);
    onStep(sample, samples.length);
  }

  return samples;
}

module.exports = { plan, measureAll };
