// Small charts over time, as SVG: lines with a limit, and shares stacked.
import { el, number, svg, t } from './dom.js';

// In rem: they grow with the text.
const HEIGHT = 11.5;
const LEFT = 3.6;
const BOTTOM = 1.3;
const TOP = 0.7;

// A round number at or above `value`: 1, 2 or 5 times a power of ten.
function ceiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * power >= value * 0.999999) * power;
}

export class Chart {
  // series: [{name, mark, read: (sample) => number | null, class, text}]; options: {text, stacked, share, help}. Beside a
  // name stands the last value; of shares, the sum over the time shown.
  constructor(title, series, options = {}) {
    this.series = series;
    this.options = options;
    this.svg = svg('svg', { class: 'chart', role: 'img', 'aria-label': title });
    this.values = series.map(() => el('b', {}, '–'));
    this.node = el('section', { class: 'card' }, el('h2', {}, title), this.svg,
      el('div', { class: 'keys' }, series.map((one, i) => el('span', { class: 'key' },
        one.mark ?? el('i', { class: one.class }), one.name ? `${one.name} ` : '', this.values[i]))),
      options.help ? el('p', { class: 'muted small' }, options.help) : null);
    this.title = title;
  }

  show(samples, seconds, limit = null) {
    const text = this.options.text ?? number;
    // As many units as there are pixels, so that its words have the size of others.
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const [left, top, bottom] = [LEFT * rem, TOP * rem, (HEIGHT - BOTTOM) * rem];
    const width = this.svg.clientWidth || 520;
    this.svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT * rem}`);
    const rows = samples.map((sample) => this.series.map((one) => one.read(sample)));
    const sums = this.options.stacked ? rows.map((row) => row.reduce((a, b) => a + b, 0)) : null;
    const all = sums ?? rows.flat().filter((value) => value !== null);
    const most = this.options.share ? 1 : ceiling(Math.max(0, ...all, limit ?? 0));
    const end = samples.length > 0 ? Date.parse(samples.at(-1).time) : 0;
    const x = (i) => left + (width - left - 4) * (1 - (end - Date.parse(samples[i].time)) / 1000 / seconds);
    const y = (value) => top + (bottom - top) * (1 - Math.min(1, Math.max(0, value / most)));
    const parts = [0, 0.5, 1].flatMap((share) => [
      svg('line', { class: 'grid', x1: left, x2: width, y1: y(share * most), y2: y(share * most) }),
      svg('text', { x: left - rem / 2, y: y(share * most) + rem / 4, 'text-anchor': 'end' }, text(share * most)),
    ]);
    parts.push(svg('text', { x: left, y: bottom + rem }, t('live.minutes.ago', { n: seconds / 60 })),
      svg('text', { x: width - 2, y: bottom + rem, 'text-anchor': 'end' }, t('live.now')));
    if (this.options.stacked) parts.push(...this.areas(rows, sums, x, y));
    else this.series.forEach((one, s) => parts.push(...lines(rows.map((row) => row[s]), x, y, one.class)));
    if (limit !== null) {
      parts.push(svg('line', { class: 'limit', x1: left, x2: width, y1: y(limit), y2: y(limit) }),
        svg('text', { x: left + 4, y: y(limit) - rem / 4 }, t('live.alarm')));
    }
    this.svg.replaceChildren(...parts);
    const last = this.options.share ? totals(rows) : rows.at(-1);
    const say = this.series.map((one, i) => {
      const value = last?.[i] === undefined || last[i] === null ? '–' : (one.text ?? text)(last[i]);
      this.values[i].textContent = value;
      return `${one.name || ''} ${value}`.trim();
    });
    this.svg.setAttribute('aria-label', `${this.title}: ${say.join(', ')}`);
  }

  // Of each sample that has any, the shares from the bottom to the top.
  areas(rows, sums, x, y) {
    const full = rows.map((_, i) => i).filter((i) => sums[i] > 0);
    const base = full.map(() => 0);
    return this.series.flatMap((one, s) => full.map((i, n) => {
      const from = base[n];
      base[n] += rows[i][s] / sums[i];
      const left = i > 0 ? x(i - 1) : x(i) - 2;
      return svg('rect', {
        class: `area ${one.class}`, x: left, width: Math.max(1, x(i) - left), y: y(base[n]),
        height: Math.max(0, y(from) - y(base[n])),
      });
    }));
  }
}

const totals = (rows) => rows.reduce((sums, row) => row.map((value, i) => value + (sums[i] ?? 0)), []);

// A line for each run of values without a gap.
function lines(values, x, y, name) {
  const paths = [];
  let path = '';
  values.forEach((value, i) => {
    if (value === null) {
      if (path) paths.push(path);
      path = '';
      return;
    }
    path += `${path ? 'L' : 'M'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    if (!path.includes('L') && (i + 1 === values.length || values[i + 1] === null)) path += 'h2';
  });
  if (path) paths.push(path);
  return paths.map((d) => svg('path', { class: `line ${name}`, d }));
}
