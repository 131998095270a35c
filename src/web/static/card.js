// What a predictor is: its input contract, profile and versions, and the report and model card that its
// version keeps.
import { $, badge, el, frame, t } from './dom.js';
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
      section('card.reliability', one.reliability ? facts(flat(one.reliability)) : el('p', {}, t('card.none'))),
      section('card.report', kept[0] ? report() : el('p', { class: 'muted' }, t('card.noreport'))),
      section('card.model', kept[1] ? el('div', { class: 'text' }, kept[1]) : el('p', { class: 'muted' }, t('card.nomodel'))));
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

// The report has a stylesheet in it, which this page does not allow; so it stands in a frame of its own.
const report = () => el('iframe', { src: `${path}/report${query}`, title: t('card.report'), sandbox: '' });

const section = (key, ...inside) => el('section', { class: 'card' }, el('h2', {}, t(key)), inside);

function facts(entries) {
  return el('dl', {}, entries.flatMap(([key, value]) => [el('dt', {}, key), el('dd', {}, text(value))]));
}
function text(value) {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value)) return value.map(text).join(', ') || t('live.none');
  if (typeof value === 'boolean') return t(value ? 'card.yes' : 'card.no');
  if (typeof value === 'number') return Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(4)));
  if (typeof value === 'object') return Object.entries(value).map(([key, one]) => `${key} ${text(one)}`).join(' ');
  return String(value);
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
  const row = (one) => el('tr', {},
    el('td', {}, el('a', { href: `?version=${one.version}` }, t('try.number', { number: one.version }))),
    el('td', {}, one.state, one.reason ? el('p', { class: 'muted small' }, one.reason) : null),
    el('td', {}, [...one.versionLabels, ...(one.answersByDefault ? [t('live.default')] : [])].join(', ')),
    el('td', {}, one.reliability?.created ?? badge('unassessed')));
  const head = ['live.version', 'live.state', 'live.labels', 'card.reliability'].map((key) => el('th', { scope: 'col' }, t(key)));
  return el('div', { class: 'scroll', tabindex: 0 },
    el('table', {}, el('thead', {}, el('tr', {}, head)), el('tbody', {}, versions.map(row))));
}
