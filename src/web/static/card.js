// What a predictor is: its input contract, profile and versions, and the report and model card that its
// version keeps.
import { $, badge, el, marked, t } from './dom.js';
import { frame } from './frame.js';
import { ask, get, Refusal } from './api.js';

frame();
const name = decodeURIComponent(location.pathname.split('/')[2]);
const version = new URLSearchParams(location.search).get('version');
const path = `/v1/predictors/${encodeURIComponent(name)}`;
const query = version ? `?version=${encodeURIComponent(version)}` : '';
start();

async function start() {
  $('title').textContent = t('card.lead', { name });
  document.title = `Credence: ${name}`;
  try {
    const [one, all] = await Promise.all([get(path + query), get('/v1/predictors')]);
    const kept = await Promise.all([keeps('report'), keeps('model-card')]);
    $('card').replaceChildren(
      section('card.history', history(all.predictors.filter((other) => other.name === name))),
      section('card.contract', facts(contractOf(one))),
      section('card.reliability', one.reliability ? profile(one.reliability) : el('p', {}, t('card.none'))),
      section('card.report', kept[0] ? report(kept[0]) : el('p', { class: 'muted' }, marked(t('card.noreport')))),
      section('card.model', kept[1] ? el('div', { class: 'text' }, kept[1]) : el('p', { class: 'muted' }, marked(t('card.nomodel')))));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    $('notice').textContent = error.kind === 'not_found' && !version ? t('card.unknown', { name }) : error.message;
    $('notice').hidden = false;
  }
}

// The text that the version keeps under that name; null if it keeps none.
async function keeps(what) {
  const response = await ask(`${path}/${what}${query}`).catch(() => null);
  return response?.ok ? response.text() : null;
}

// The report has a stylesheet in it, which this page does not allow. So it is put into an empty page, in a
// frame, whose policy allows that and no script; the frame cannot ask for it, as it has no API key.
function report(text) {
  const node = el('iframe', { src: '/web/report.html', title: t('card.report'), sandbox: 'allow-same-origin' });
  node.addEventListener('load', () => {
    const inside = node.contentDocument;
    inside.documentElement.innerHTML = text;  // under the frame's policy: a parser of this page's would have its own
    const fit = () => { node.style.height = `${inside.documentElement.scrollHeight + 2}px`; };
    new ResizeObserver(fit).observe(inside.body);
    fit();
  }, { once: true });
  return node;
}

const section = (key, ...inside) => el('section', { class: 'card' }, el('h2', {}, t(key)), inside);

function facts(entries) {
  return el('dl', {}, entries.map(([key, value]) => el('div', {}, el('dt', {}, words(key)), el('dd', {}, text(value)))));
}
// "rowsLearned" as "rows learned".
const words = (key) => key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

// A profile; what it has a list of as a table.
function profile(reliability) {
  const lists = Object.entries(reliability).filter(([, value]) => Array.isArray(value) && typeof value[0] === 'object');
  const rest = Object.fromEntries(Object.entries(reliability).filter(([key]) => !lists.some(([one]) => one === key)));
  return [facts(flat(rest)), ...lists.flatMap(([key, rows]) => [el('h3', {}, words(key)),
    table(Object.keys(rows[0]).map(words), rows.map((row) => Object.values(row).map(text)), words(key))])];
}
function table(head, rows, name) {
  return el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': name }, el('table', {},
    el('thead', {}, el('tr', {}, head.map((one) => el('th', { scope: 'col' }, one)))),
    el('tbody', {}, rows.map((cells) => el('tr', {}, cells.map((cell) => el('td', {}, cell)))))));
}

function text(value) {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value)) return value.map(text).join(', ') || t('live.none');
  if (typeof value === 'boolean') return t(value ? 'card.yes' : 'card.no');
  if (typeof value === 'number') return Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(4)));
  if (typeof value === 'object') return Object.entries(value).map(([key, one]) => `${key} ${text(one)}`).join(' ');
  const date = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(value);
  return date ? t('card.date', { day: date[1], time: date[2] }) : String(value);
}

// {a: {b: 1}} as [["a b", 1]].
function flat(object, before = '') {
  return Object.entries(object).flatMap(([key, value]) =>
    (value !== null && typeof value === 'object' && !Array.isArray(value)
      ? flat(value, `${before}${key} `) : [[before + key, value]]));
}

const ELSEWHERE = ['name', 'version', 'reliability', 'tensors', 'versionLabels', 'answersByDefault'];
const contractOf = (one) => flat(Object.fromEntries(Object.entries(one).filter(([key]) => !ELSEWHERE.includes(key))));

function history(versions) {
  const row = (one) => [
    el('a', { href: `?version=${one.version}` }, t('try.number', { number: one.version })),
    el('span', {}, one.state, one.reason ? el('p', { class: 'muted small' }, one.reason) : null),
    [...one.versionLabels, ...(one.answersByDefault ? [t('live.default')] : [])].join(', '),
    one.reliability?.created ? text(one.reliability.created) : badge('unassessed')];
  return table(['live.version', 'live.state', 'live.labels', 'card.reliability'].map((key) => t(key)), versions.map(row),
    t('card.history'));
}
