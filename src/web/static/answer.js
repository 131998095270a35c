// One version's answer: label, verdict, why, confidence, familiarity, a bar a class. Its parts are
// made once and keep their places, so that nothing moves while answers come in.
import { badge, el, number, percent, SURE, t, why } from './dom.js';

const BARS = 12;  // with more classes only the most probable are shown

export class AnswerCard {
  constructor(id) {
    this.label = el('div', { class: 'label' }, '–');
    this.badge = el('div', { class: 'verdict' });
    this.why = el('p', { class: 'why' });
    this.who = el('p', { class: 'muted small who' });
    this.confidence = el('b', {}, '–');
    this.risk = el('p', { class: 'muted small place' }, '\u00a0');
    this.familiarity = el('b', {}, '–');
    this.place = el('p', { class: 'muted small place' }, '\u00a0');
    this.mark = el('i', { class: 'needle', hidden: true });
    this.bars = el('div', { class: 'bars', role: 'list', 'aria-label': t('answer.classes') });
    this.more = el('p', { class: 'muted small' }, t('answer.set.key'));
    this.time = el('p', { class: 'muted small time' }, '\u00a0');
    this.node = el('section', { class: 'card answer', 'aria-labelledby': id },
      el('div', { class: 'row spread' }, el('h2', { id }, t('answer.title')), this.who),
      el('div', { class: 'head' }, this.label, el('div', { class: 'grow' }, this.badge, this.why)),
      el('div', { class: 'figures' },
        el('div', {}, el('span', { class: 'muted small' }, t('answer.confidence')), this.confidence,
          el('p', { class: 'muted small' }, t('answer.confidence.help')), this.risk),
        el('div', {}, el('span', { class: 'muted small' }, t('answer.familiarity')), this.familiarity,
          el('div', { class: 'scale', 'aria-hidden': 'true' }, el('i', { class: 'rare' }), this.mark), this.place)),
      this.bars, this.more, this.time);
    this.rows = [];
    this.wait();
  }

  // Makes room for these classes, before there is an answer. A confidence above `limit` is shown as that.
  classes(labels, limit = SURE) {
    this.limit = limit;
    if (this.rows.map((row) => row.label).join('\n') === labels.slice(0, BARS).join('\n')) return;
    this.rows = labels.slice(0, BARS).map(makeRow);
    this.bars.replaceChildren(...this.rows.map((row) => row.node));
    this.all = labels;
  }

  wait(sentence = t('why.waiting')) {
    this.node.classList.remove('stale');
    this.node.dataset.verdict = 'waiting';
    this.label.textContent = '–';
    this.badge.replaceChildren(badge('waiting'));
    this.why.textContent = sentence;
    this.confidence.textContent = this.familiarity.textContent = '–';
    this.place.textContent = this.time.textContent = this.risk.textContent = '\u00a0';
    this.mark.hidden = true;
    for (const row of this.rows) fillRow(row, row.label, 0, false);
  }

  show({ answer, ms, inside }) {
    this.node.classList.remove('stale');
    this.node.dataset.verdict = answer.verdict;
    this.label.textContent = answer.label;
    this.label.classList.toggle('long', String(answer.label).length > 4);
    this.badge.replaceChildren(badge(answer.verdict));
    this.why.textContent = why(answer);
    this.showWho(answer.predictorName, answer.predictorVersion);
    this.confidence.textContent = percent(answer.confidence, this.limit);
    this.risk.textContent = claim(answer);
    this.showFamiliarity(answer.familiarity);
    this.showBars(answer);
    this.time.textContent = t('answer.time', { ms: number(ms), inside: number(inside) });
  }

  // Links to the predictor's card; made anew only for another version, so that it keeps the focus.
  showWho(name, version) {
    const text = t('answer.of', { name, version });
    if (this.who.textContent === text) return;
    this.who.replaceChildren(el('a', { href: `/predictors/${encodeURIComponent(name)}?version=${version}` }, text));
  }

  showFamiliarity(p) {
    const known = p !== null && p !== undefined;
    this.mark.hidden = !known;
    this.familiarity.textContent = known ? percent(p) : t('answer.none');
    if (!known) {
      this.place.textContent = '\u00a0';
      return;
    }
    this.mark.style.left = `${100 * p}%`;
    const n = Math.round(100 * p);
    this.place.textContent = n < 1 ? t('answer.familiarity.few') : t('answer.familiarity.of', { n });
  }

  showBars(answer) {
    const set = new Set(answer.predictionSet ?? []);
    const labels = this.all ?? answer.prediction.map((_, i) => String(i));
    let order = answer.prediction.map((_, i) => i);
    if (order.length > BARS) order = order.sort((a, b) => answer.prediction[b] - answer.prediction[a]).slice(0, BARS);
    if (this.rows.length !== order.length) {
      this.rows = order.map((i) => makeRow(labels[i]));
      this.bars.replaceChildren(...this.rows.map((row) => row.node));
    }
    order.forEach((i, place) => {
      fillRow(this.rows[place], labels[i], answer.prediction[i], set.has(labels[i]), labels[i] === answer.label);
    });
    const rest = answer.prediction.length - order.length;
    const key = set.size > 0 ? 'answer.set.key' : 'answer.set.empty';
    this.more.textContent = (answer.verdict === 'unassessed' ? '\u00a0' : t(key)) + (rest > 0 ? ` ${t('answer.more', { n: rest })}` : '');
  }

  stale() { this.node.classList.add('stale'); }
}

// What stands below the confidence: that it is no use here, or what is certified.
function claim({ verdict, certifiedRisk: risk }) {
  if (verdict === 'unfamiliar') return t('answer.confidence.unfamiliar');
  return risk > 0 ? t('answer.risk', { share: Number((100 * risk).toPrecision(2)) }) : '\u00a0';
}

function makeRow(label) {
  const row = {
    label, name: el('span', { class: 'class' }, label), fill: el('i', {}), value: el('span', { class: 'value' }, '–'),
    unseen: el('span', { class: 'unseen' }),
  };
  row.node = el('div', { class: 'bar', role: 'listitem' }, row.name,
    el('span', { class: 'track', 'aria-hidden': 'true' }, row.fill), row.value, row.unseen);
  return row;
}
function fillRow(row, label, p, inSet, best = false) {
  row.label = label;
  row.name.textContent = label;
  row.fill.style.transform = `scaleX(${p})`;
  row.value.textContent = p > 0 ? percent(p) : '–';
  row.node.classList.toggle('in', inSet);
  row.node.classList.toggle('best', best);
  row.unseen.textContent = inSet ? t('answer.set') : '';
}
