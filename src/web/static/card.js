// What a predictor is: its input contract, profile and versions, and the report and model card that its
// version keeps.
import { $, badge, el, marked, t, table } from './dom.js';
import { frame } from './frame.js';
import { ask, get, Refusal } from './api.js';
import { markdown } from './markdown.js';

frame();
const name = decodeURIComponent(location.pathname.split('/')[2]);
const version = new URLSearchParams(location.search).get('version');
const path = `/v1/predictors/${encodeURIComponent(name)}`;
start();

async function start() {
  $('title').textContent = t('card.lead', { name });
  document.title = `Credence: ${name}`;
  try {
    const versions = (await get('/v1/predictors')).predictors.filter((one) => one.name === name);
    if (versions.length === 0) return notice(t('card.unknown', { name }));
    const one = version ? versions.find(named) : versions.find((each) => each.answersByDefault) ?? versions[0];
    $('card').replaceChildren(section('card.history', history(versions)));
    if (!one) return notice(t('card.unknown.version', { name, version }));
    $('title').textContent = t('card.lead.version', { name, version: one.version });
    if (one.state === 'serving') await show(one);
    else notice(one.reason ?? one.state);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    notice(error.message);
  }
}
// As the API reads ?version=: a number or a label.
const named = (one) => String(one.version) === version || one.versionLabels.includes(version);

function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = false;
}

async function show(one) {
  const [model, measured] = await Promise.all([one.modelCard ? kept('model-card', one) : null,
    one.reportCard ? kept('report', one) : null]);
  $('card').append(
    section('card.model', model ? markdown(model) : el('p', { class: 'muted' }, marked(t('card.nomodel')))),
    section('card.contract', facts(contractOf(one))),
    section('card.reliability', one.reliability ? profile(one.reliability) : el('p', {}, t('card.none'))),
    section('card.report', measured ? report(measured) : el('p', { class: 'muted' }, marked(t('card.noreport')))));
}

// A text that the version keeps; null if it is gone by now.
async function kept(what, { version: number }) {
  const response = await ask(`${path}/${what}?version=${number}`).catch(() => null);
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
    table(words(key), Object.keys(rows[0]).map(words), rows.map((row) => Object.values(row).map(text)))])];
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

const ELSEWHERE = ['name', 'version', 'reliability', 'reportCard', 'modelCard', 'tensors', 'versionLabels', 'answersByDefault'];
const contractOf = (one) => flat(Object.fromEntries(Object.entries(one).filter(([key]) => !ELSEWHERE.includes(key))));

function history(versions) {
  const row = (one) => [
    el('a', { href: `?version=${one.version}` }, t('try.number', { number: one.version })),
    el('span', {}, one.state, one.reason ? el('p', { class: 'muted small' }, one.reason) : null),
    [...one.versionLabels, ...(one.answersByDefault ? [t('live.default')] : [])].join(', '),
    one.reliability?.created ? text(one.reliability.created) : badge('unassessed')];
  return table(t('card.history'), ['live.version', 'live.state', 'live.labels', 'card.reliability'].map((key) => t(key)),
    versions.map(row));
}
