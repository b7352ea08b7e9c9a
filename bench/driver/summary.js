'use strict';

// From the samples of all rounds to medians and paired ratios.

// A measurement is marked when the server's main thread waited for a core, or
// the load generator was the bottleneck, for more than these shares of time.
const WAIT_MAX = 0.1;
const LOAD_BUSY_MAX = 0.95;

function spread(values) {
  if (values.length === 0) return undefined;

  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;

  return {
    median:
      sorted.length % 2 === 1
        ? sorted[middle]
        : (sorted[middle - 1] + sorted[middle]) / 2,
    min: sorted[0],
    max: sorted.at(-1)
  };
}

function valuesOf(samples, pick) {
  return samples
    .filter((sample) => sample.result)
    .map((sample) => pick(sample.result))
    .filter((value) => value !== undefined);
}

// How many times the other server's value this one's is, round by round.
function ratio(own, others, field) {
  const ratios = [];

  for (const { round, result } of own) {
    const other = others.find((sample) => sample.round === round)?.result;

    if (result && other?.[field] > 0) ratios.push(result[field] / other[field]);
  }

  return spread(ratios);
}

function inverse(range) {
  return (
    range && {
      median: 1 / range.median,
      min: 1 / range.max,
      max: 1 / range.min
    }
  );
}

function summarizeServer(scenario, server, samples) {
  const of = (name) =>
    samples.filter((s) => s.scenario === scenario.name && s.server === name);
  const own = of(server);
  const pick = (field) => spread(valuesOf(own, (result) => result[field]));

  return {
    scenario: scenario.name,
    per: scenario.per,
    family: scenario.family,
    x: scenario.x,
    server,
    value: pick(scenario.value),
    timesCheaperThanWs: inverse(ratio(own, of('ws'), scenario.value)),
    ofFloor: ratio(own, of('floor'), scenario.value),
    ofBun: ratio(own, of('bun'), scenario.value),
    perSecond: pick('perSecond'),
    p50: spread(valuesOf(own, (result) => result.latency?.p50)),
    p99: spread(valuesOf(own, (result) => result.latency?.p99)),
    serverBusy: pick('serverBusy'),
    isDisturbed: pick('serverWait')?.median > WAIT_MAX,
    isLoadBound: pick('loadBusy')?.median > LOAD_BUSY_MAX,
    failures: own.filter((sample) => sample.error).length
  };
}

function summarize(scenarios, samples) {
  return scenarios.flatMap((scenario) => {
    const names = samples
      .filter((sample) => sample.scenario === scenario.name)
      .map((sample) => sample.server);

    return [...new Set(names)]
      .sort()
      .map((server) => summarizeServer(scenario, server, samples));
  });
}

module.exports = { summarize, spread, ratio };
