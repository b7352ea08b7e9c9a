'use strict';

/* Draws the samples of a soak run. */

const WIDTH = 860;
const PANEL = 150;
const LEFT = 70;
const RIGHT = 130;
const TOP = 60;
const GAP = 56;
const MIB = 1024 * 1024;

const PANELS = [
  {
    title: 'memory of the server, MiB',
    lines: [
      { label: 'resident', color: '#2563eb', of: ({ rss }) => rss / MIB },
      { label: 'heap', color: '#d97706', of: (s) => s.heapUsed / MIB }
    ]
  },
  {
    title: 'what it holds',
    lines: [
      { label: 'descriptors', color: '#059669', of: (s) => s.descriptors },
      { label: 'handles', color: '#7c3aed', of: ({ handles }) => handles },
      { label: 'connections', color: '#dc2626', of: ({ clients }) => clients }
    ]
  }
];

function text(x, y, content, attributes = '') {
  return `<text x="${x}" y="${y}" ${attributes}>${content}</text>`;
}

/* A round number above all values. */
function ceiling(max) {
  const step = 10 ** Math.floor(Math.log10(Math.max(max, 1)));
  return Math.ceil(max / step) * step;
}

function drawLine({ label, color, of }, samples, { x, y }, last) {
  const points = samples.map((s) => `${x(s.connections)},${y(of(s))}`);
  const end = y(of(samples.at(-1)));

  return [
    `<polyline fill="none" stroke="${color}" stroke-width="2" points="${points.join(' ')}"/>`,
    text(last + 8, end + 4, label, `fill="${color}"`)
  ];
}

function drawPanel({ title, lines }, samples, top) {
  const right = WIDTH - RIGHT;
  const last = samples.at(-1).connections;
  const max = ceiling(
    Math.max(...lines.flatMap(({ of }) => samples.map((s) => of(s))))
  );
  const scale = {
    x: (n) => (LEFT + (n / last) * (right - LEFT)).toFixed(1),
    y: (value) => Number((top + PANEL - (value / max) * PANEL).toFixed(1))
  };
  const out = [text(LEFT, top - 10, title, 'font-weight="bold"')];

  for (const part of [0, 0.5, 1]) {
    const y = scale.y(part * max);
    out.push(
      `<line x1="${LEFT}" x2="${right}" y1="${y}" y2="${y}" stroke="#ddd"/>`,
      text(LEFT - 8, y + 4, part * max, 'text-anchor="end" fill="#555"'),
      text(
        scale.x(part * last),
        top + PANEL + 18,
        (part * last).toLocaleString('en'),
        'text-anchor="middle" fill="#555"'
      )
    );
  }
  for (const line of lines) out.push(...drawLine(line, samples, scale, right));
  return out;
}

/*
 * An SVG of samples that each have `connections`, how many were lived by then,
 * and what test/soak/server.js measures.
 */
function draw(samples, title) {
  const height = TOP + PANELS.length * (PANEL + GAP);

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(LEFT, 18, title, 'font-size="14" font-weight="bold"'),
    ...PANELS.flatMap((panel, i) =>
      drawPanel(panel, samples, TOP + i * (PANEL + GAP))
    ),
    '</svg>',
    ''
  ].join('\n');
}

module.exports = { draw };
