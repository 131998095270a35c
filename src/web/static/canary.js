// How a canary stands against the stable version: what both answered, and the conditions of the gate.
import { el, number, percent, t, table, time } from './dom.js';

const VERDICTS = ['reliable', 'uncertain', 'unfamiliar'];
const share = (figure) => (figure.n > 0 ? percent(figure.value) : '–');

function side(name, one) {
  return [t('live.canary.side', { version: one.version, name }), number(one.inputs),
    ...VERDICTS.map((verdict) => share(one.verdicts[verdict])), share(one.errors),
    ...['p50', 'p99'].map((key) => (one.inputs > 0 ? time(one.latencyMicroseconds[key]) : '–'))];
}

function condition(rule, one) {
  return [rule, el('code', {}, one.condition), t(`live.canary.${one.state}`), number(one.value),
    one.n > 0 ? t('live.canary.interval', { low: number(one.low), high: number(one.high) }) : '–', number(one.n)];
}

// One canary of GET /v1/live, as a node without listeners.
export function canary(one) {
  const { traffic, stable } = one;
  const values = { name: one.name, canary: one.canary.version, stable: stable.version };
  const title = t('live.canary.title', values);
  const conditions = [...one.promoteWhen.map((each) => condition(t('live.canary.promote'), each)),
    ...one.rollbackWhen.map((each) => condition(t('live.canary.rollback'), each))];
  const heads = (...keys) => keys.map((key) => t(`live.canary.${key}`));
  return el('section', {},
    el('h3', {}, title),
    el('p', {}, t(`live.canary.state.${one.state}`, values), ' ', one.state === 'comparing'
      ? t(traffic.shadow ? 'live.canary.shadow' : 'live.canary.split', { share: percent(traffic.share, 1) }) : one.reason),
    traffic.skipped > 0 ? el('p', { class: 'muted' }, t('live.canary.skipped', { n: number(traffic.skipped) })) : null,
    table(title, [t('live.version'), ...heads('inputs'), ...VERDICTS.map((verdict) => t(`verdict.${verdict}`)),
      t('live.errors'), t('live.p50'), t('live.p99')], [side(t('live.canary.stable'), stable), side(t('live.canary.canary'), one.canary)]),
    conditions.length > 0 ? table(t('live.canary.conditions'), heads('rule', 'condition', 'stands', 'value', 'range', 'inputs'),
      conditions) : el('p', { class: 'muted' }, t('live.canary.unconditional')));
}
