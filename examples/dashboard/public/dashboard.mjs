import { Charts, formats } from './charts.mjs';
import { listen } from './feed.mjs';

const KEPT_MAX = 120;

const states = {
  connecting: 'Connecting',
  online: 'Live',
  waiting: 'The server is away'
};

const charts = new Charts([...document.querySelectorAll('[data-chart]')]);
const element = (id) => document.getElementById(id);
let samples = [];

listen({
  onState(state) {
    element('state').dataset.state = state;
    element('state').textContent = states[state];
  },
  onSamples(more) {
    // After an interruption the history comes again.
    const last = samples.at(-1)?.at ?? 0;

    samples = [...samples, ...more.filter(({ at }) => at > last)];
    samples = samples.slice(-KEPT_MAX);
    if (samples.length === 0) return;

    charts.show(samples);
    showValues(samples.at(-1));
  }
});

function showValues(sample) {
  show('connections', sample.connections, formats.count);
  show('received', sample.received, formats.count);
  show('sent', sample.sent, formats.count);
  show('queued', sample.queued, formats.bytes);
  show('median', sample.median, formats.ms);
  show('high', sample.high, formats.ms);
  showCloses(Object.entries(sample.closes));
}

function show(id, value, format) {
  element(id).textContent = value === null ? '–' : format(value);
}

function showCloses(closes) {
  element('no-closes').hidden = closes.length > 0;
  element('closes').replaceChildren(
    ...closes.map(([code, count]) => {
      const item = document.createElement('li');
      const name = document.createElement('strong');

      name.textContent = code;
      item.append(name, formats.count(count));
      return item;
    })
  );
}
