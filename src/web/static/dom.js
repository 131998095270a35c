// What every page needs: texts, elements, numbers for people.
import { language, texts } from './texts.en.js';

document.documentElement.lang = language;

export function t(key, values) {
  const text = texts[key];
  if (text === undefined) return key;
  return typeof text === 'function' ? text(values ?? {}) : text;
}
export const has = (key) => key in texts;

// el('p', {class: 'x', onclick: f, 'aria-label': 'y'}, child, 'text', …). A child that is null is left out.
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  set(node, attributes);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}
const SVG = 'http://www.w3.org/2000/svg';
export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  set(node, attributes);
  node.append(...children);
  return node;
}
function set(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : value);
  }
}
// Makes the children of `place` as `fresh`, and leaves those that are so already, with their focus and place in view.
// None of them may have listeners.
export function update(place, fresh) {
  const old = [...place.childNodes];
  if (old.length !== fresh.length) {
    place.replaceChildren(...fresh);
    return;
  }
  old.forEach((had, i) => {
    const wanted = fresh[i];
    if (had.isEqualNode(wanted)) return;
    const alike = wanted.hasChildNodes() && had.cloneNode().isEqualNode(wanted.cloneNode());
    if (alike) update(had, [...wanted.childNodes]);
    else had.replaceWith(wanted);
  });
}
export const $ = (id) => document.getElementById(id);
export const button = (text, onclick, attributes = {}) =>
  el('button', { type: 'button', onclick, ...attributes }, text);

export const SURE = 0.999;

// A probability, without claiming more than it says: never 0 % nor 100 %, and above `limit` only that.
export function percent(p, limit = SURE) {
  if (p === null || p === undefined) return t('answer.none');
  if (p > limit) return `> ${(Math.floor(limit * 1000) / 10).toFixed(1)} %`;
  if (p < 0.001) return '< 0.1 %';
  // Down when near 1 and up when near 0, so that rounding never makes it look surer.
  const tenths = p > 0.5 ? Math.floor(p * 1000 + 1e-9) : Math.ceil(p * 1000 - 1e-9);
  return `${(tenths / 10).toFixed(1)} %`;
}
export function bytes(n) {
  for (const [unit, size] of [['MB', 1e6], ['kB', 1e3]]) {
    if (n >= size) return `${(n / size).toFixed(n >= 10 * size ? 0 : 1)} ${unit}`;
  }
  return t('bytes', { n });
}
export function time(microseconds) {
  if (microseconds >= 1e6) return `${number(microseconds / 1e6)} s`;
  return microseconds >= 1000 ? `${number(microseconds / 1000)} ms` : `${number(microseconds)} µs`;
}
export function number(n) {
  if (n === null || n === undefined || !Number.isFinite(n)) return '–';
  if (n !== 0 && Math.abs(n) < 10) return String(Number(n.toPrecision(2)));
  return Math.round(n).toLocaleString('en');
}

const SYMBOLS = { reliable: '✓', uncertain: '?', unfamiliar: '!', unassessed: '–', waiting: '·' };
// Colour, word and symbol.
export function badge(verdict) {
  const known = verdict in SYMBOLS ? verdict : 'unassessed';
  return el('span', { class: `badge ${known}` },
    el('span', { class: 'sign', 'aria-hidden': 'true' }, SYMBOLS[known]),
    has(`verdict.${verdict}`) ? t(`verdict.${verdict}`) : verdict);
}

// What an answer's reasons say, in one sentence.
export function why(answer) {
  const reasons = (answer.reasons ?? []).map((reason) => reason.text);
  return reasons.length > 0 ? reasons.join(' ') : t(`why.${answer.verdict}`);
}

// A table under a name that screen readers say, if it has one; cells are texts or nodes, and `head` may be empty.
// On a phone each row is a block, and each cell stands beside its column's head.
export function table(name, head, rows) {
  const heads = head.map((one) => el('th', { scope: 'col' }, one));
  const cell = (one, i) => el('td', { 'data-head': heads[i]?.textContent }, one);
  return el('div', { class: 'scroll', tabindex: 0, role: name && 'region', 'aria-label': name }, el('table', {},
    heads.length > 0 ? el('thead', {}, el('tr', {}, heads)) : null,
    el('tbody', {}, rows.map((cells) => el('tr', {}, cells.map(cell))))));
}

export function download(name, blob) {
  const url = URL.createObjectURL(blob);
  el('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// A text with `commands` in it, as nodes.
export const marked = (text) => text.split('`').map((part, i) => (i % 2 === 1 ? el('code', {}, part) : part));
