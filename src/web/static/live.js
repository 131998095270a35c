// What the server does now and did in the last hour, from GET /v1/live. Pauses while hidden.
import { $, badge, button, el, number, t, table, time, update } from './dom.js';
import { canary } from './canary.js';
import { frame } from './frame.js';
import { get, Refusal } from './api.js';
import { Chart } from './chart.js';
import { keyed } from './key.js';

const PERIOD_MS = 1000;
const RANGES = { minutes: { seconds: 300, kept: 300 }, hour: { seconds: 3600, kept: 360 } };
const VERDICTS = ['reliable', 'uncertain', 'unfamiliar', 'unassessed'];

const share = (value) => `${Math.round(100 * value)} %`;

frame();
keyed($('source'));
const charts = {
  traffic: new Chart(t('live.requests'), [
    { name: t('live.all'), read: (s) => s.requestsPerSecond, class: 's1' },
    { name: t('live.errors'), read: (s) => s.errorsPerSecond, class: 's2' }]),
  latency: new Chart(t('live.latency'), [
    { name: t('live.p50'), read: (s) => s.p50Microseconds, class: 's1' },
    { name: t('live.p99'), read: (s) => s.p99Microseconds, class: 's2' }], { text: time }),
  verdicts: new Chart(t('live.verdicts'), VERDICTS.map((verdict) => ({
    name: '', mark: badge(verdict), read: (s) => s.verdicts[verdict] ?? 0, class: verdict, text: number,
  })), { stacked: true, share: true, text: share }),
  drift: new Chart(t('live.drift'), [{ name: '', read: (s) => s.driftEvidence === null ? null : Math.max(0, s.driftEvidence), class: 's1' }],
    { help: t('live.drift.help') }),
};
$('charts').append(...Object.values(charts).map((chart) => chart.node));
let range = 'minutes';
let samples = [];
let busy = false;
const choices = Object.keys(RANGES).map((name) => button(t(`live.${name}`), () => choose(name),
  { 'aria-pressed': String(name === range) }));
$('range').append(...choices);

function choose(name) {
  range = name;
  samples = [];
  Object.keys(RANGES).forEach((one, i) => choices[i].setAttribute('aria-pressed', String(one === name)));
  refresh();
}

async function refresh() {
  if (document.hidden || busy) return;
  busy = true;
  const asked = range;
  try {
    const live = await get(`/v1/live?range=${asked}&after=${samples.at(-1)?.number ?? 0}`);
    if (asked !== range) return;
    samples = [...samples, ...live.samples].slice(-RANGES[range].kept);
    draw(live);
    $('notice').hidden = true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    $('notice').textContent = error.message;
    $('notice').hidden = false;
    samples = [];  // the server that comes back counts from the beginning
  } finally {
    busy = false;
  }
}

function draw(live) {
  const { seconds } = RANGES[range];
  charts.traffic.show(samples, seconds);
  charts.latency.show(samples, seconds);
  charts.verdicts.show(samples, seconds);
  charts.drift.show(samples, seconds, live.limits.driftEvidence);
  const last = samples.at(-1);
  update($('queues'), [
    meter(t('live.queue'), last?.queued ?? 0, live.limits.queued),
    meter(t('live.compute'), last?.computeQueued ?? 0, live.limits.computeQueued),
    meter(t('live.connections'), last?.connections ?? 0, live.limits.connections)]);
  update($('versions'), versions(live));
  update($('canaries'), live.canaries.length > 0 ? live.canaries.map(canary)
    : [el('p', { class: 'muted' }, t('live.canary.none'))]);
  $('fresh').textContent = t('live.fresh', { time: live.now.slice(11, 19) + ' UTC' });
  document.body.dataset.number = String(last?.number ?? 0);
}

function meter(name, value, limit) {
  const fill = el('i', {});
  fill.style.transform = `scaleX(${limit > 0 ? Math.min(1, value / limit) : 0})`;
  return el('div', { class: value > 0.8 * limit ? 'meter high' : 'meter' }, el('span', {}, name),
    el('span', { class: 'track', 'aria-hidden': 'true' }, fill),
    el('span', { class: 'muted small' }, t('live.of', { value: number(value), limit: number(limit) })));
}

function versions(live) {
  const head = ['name', 'version', 'state', 'labels', 'answers', 'drift'].map((key) => t(`live.${key}`));
  const rows = live.versions.map((one) => [
    el('a', { href: `/predictors/${encodeURIComponent(one.name)}?version=${one.version}` }, one.name),
    String(one.version),
    [one.state, one.reason ? el('p', { class: 'muted small' }, one.reason) : null],
    [...one.versionLabels, ...(one.answersByDefault ? [t('live.default')] : [])].join(', '),
    answers(one.verdicts),
    drift(one.drift)]);
  return [table(t('live.versions'), head, rows),
    ...(live.versionsLeftOut > 0 ? [el('p', { class: 'muted' }, t('live.more', { n: live.versionsLeftOut }))] : [])];
}

function answers(verdicts) {
  const all = Object.values(verdicts ?? {}).reduce((a, b) => a + b, 0);
  if (all === 0) return t('live.none');
  const known = verdicts.unassessed === all ? '' : ` (${number(verdicts.reliable)} ${t('verdict.reliable')})`;
  return number(all) + known;
}
function drift(state) {
  if (!state) return t('live.drift.none');
  const evidence = `${state.state}, ${number(Math.max(0, state.logEvidence ?? 0))} / ${number(state.alarmAt)}`;
  return state.alarms > 0 ? `${evidence}, ${t('live.alarms', { n: state.alarms })}` : evidence;
}

setInterval(refresh, PERIOD_MS);
document.addEventListener('visibilitychange', refresh);
refresh();
