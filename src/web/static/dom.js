// What every page needs: texts, elements, numbers for people.
import { texts } from './texts.en.js';

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
  return `${n} bytes`;
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

// A text with `commands` in it, as nodes.
export const marked = (text) => text.split('`').map((part, i) => (i % 2 === 1 ? el('code', {}, part) : part));
