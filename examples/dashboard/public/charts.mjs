// eslint-disable-next-line n/no-missing-import -- ../page-files.js knows where it is
import UPlot from './uplot.mjs';

const units = ['B', 'KiB', 'MiB', 'GiB'];
const compact = new Intl.NumberFormat('en', {
  notation: 'compact',
  maximumFractionDigits: 1
});

export const formats = {
  count: (value) => compact.format(value),
  ms: (value) =>
    value < 1000
      ? `${compact.format(value)} ms`
      : `${compact.format(value / 1000)} s`,
  bytes(value) {
    const power = value < 1 ? 0 : Math.floor(Math.log2(value) / 10);
    const unit = Math.min(power, units.length - 1);

    return `${compact.format(value / 1024 ** unit)} ${units[unit]}`;
  }
};

/** What is drawn where: the fields of a sample, how to write a value, and the
 * least that the upper end of the scale stands for. */
const plans = {
  connections: { fields: ['connections'], format: formats.count, top: 10 },
  messages: { fields: ['received', 'sent'], format: formats.count, top: 10 },
  latency: { fields: ['median', 'high'], format: formats.ms, top: 1 },
  queued: { fields: ['queued'], format: formats.bytes, top: 1024 }
};

function colour(name) {
  const style = getComputedStyle(document.documentElement);

  return style.getPropertyValue(name).trim();
}

function seriesOf(field, index) {
  const stroke = colour(index === 0 ? '--first' : '--second');

  return {
    label: field,
    stroke,
    width: 2,
    // Two equal lines are seen both.
    dash: index === 0 ? undefined : [5, 4],
    fill: index === 0 ? `${stroke}22` : undefined,
    points: { show: false },
    spanGaps: true
  };
}

// Where lines may stand, so that values in KiB and MiB are round.
const powers = Array.from({ length: 48 }, (_, power) => 2 ** power);

function axes(format) {
  const axis = {
    stroke: colour('--soft'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { show: false }
  };

  return [
    { ...axis, size: 28, space: 80, values: '{HH}:{mm}:{ss}' },
    {
      ...axis,
      incrs: format === formats.bytes ? powers : undefined,
      size: 60,
      space: 36,
      values: (self, splits) =>
        splits.map((split) => (split === null ? '' : format(split)))
    }
  ];
}

/** The charts of a page, all with the same time below. */
export class Charts {
  #places;
  #samples = [];
  #plots = [];

  /** @param {Element[]} places Elements with the name of a plan each */
  constructor(places) {
    this.#places = places;
    this.#draw();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () =>
      this.#draw()
    );
    new ResizeObserver(() => this.#resize()).observe(places[0]);
  }

  /** Shows these samples, the oldest first. */
  show(samples) {
    this.#samples = samples;
    for (const { plot, fields } of this.#plots) {
      plot.setData(this.#columns(fields));
    }
  }

  #columns(fields) {
    return [
      this.#samples.map(({ at }) => at / 1000),
      ...fields.map((field) => this.#samples.map((sample) => sample[field]))
    ];
  }

  // Colours are fixed when a plot is made.
  #draw() {
    for (const { plot } of this.#plots) plot.destroy();
    this.#plots = this.#places.map((place) => {
      const { fields, format, top } = plans[place.dataset.chart];
      const options = {
        width: place.clientWidth,
        height: place.clientHeight,
        legend: { show: false },
        padding: [8, 26, 0, 0],
        cursor: { y: false, sync: { key: 'dashboard' }, points: { size: 7 } },
        scales: {
          y: { range: (self, min, max) => [0, Math.max(max * 1.15, top)] }
        },
        axes: axes(format),
        series: [{}, ...fields.map(seriesOf)]
      };

      return {
        fields,
        place,
        plot: new UPlot(options, this.#columns(fields), place)
      };
    });
  }

  #resize() {
    for (const { place, plot } of this.#plots) {
      plot.setSize({ width: place.clientWidth, height: place.clientHeight });
    }
  }
}
