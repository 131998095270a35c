// Which predictor and version answers, and which one beside it.
import { el, t } from './dom.js';
import { get } from './api.js';

export class Chooser {
  constructor(place, changed) {
    this.changed = changed;
    this.predictor = this.select('try.predictor', () => { this.fillVersions(); changed(); });
    this.version = this.select('try.version', changed);
    this.other = this.select('try.compare', changed);
    place.append(this.predictor.field, this.version.field, this.other.field);
    this.served = [];
  }
  select(key, onchange) {
    const node = el('select', { onchange });
    const field = el('label', { class: 'field' }, el('span', { class: 'muted small' }, t(key)), node);
    return { node, field };
  }

  // Errors: Refusal.
  async load() {
    const { default: preferred, predictors } = await get('/v1/predictors');
    this.served = predictors.filter((one) => one.state === 'serving' && one.takesPictures);
    const names = [...new Set(this.served.map((one) => one.name))];
    fill(this.predictor.node, names.map((name) => [name, name]),
      names.includes(this.predictor.node.value) ? this.predictor.node.value : preferred);
    this.predictor.field.hidden = names.length < 2;
    this.fillVersions();
  }

  fillVersions() {
    const mine = this.versions();
    const byDefault = mine.find((one) => one.answersByDefault);
    const named = mine.flatMap((one) => one.versionLabels.map((label) => [label, t('try.label', { label, number: one.version })]));
    const numbers = mine.map((one) => [String(one.version), t('try.number', { number: one.version })]);
    const options = [...named, ...numbers];
    if (byDefault) options.unshift(['', t('try.default', { number: byDefault.version })]);
    fill(this.version.node, options, this.version.node.value);
    fill(this.other.node, [['-', t('try.none')], ...named, ...numbers], this.other.node.value);
    this.version.field.hidden = this.other.field.hidden = mine.length < 2;
  }
  versions() { return this.served.filter((one) => one.name === this.predictor.node.value); }

  // {predictor, version, labels, limit} of one or two.
  choices() {
    const mine = this.versions();
    if (mine.length === 0) return [];
    const find = (value) => mine.find((one) => String(one.version) === value || one.versionLabels.includes(value))
      ?? mine.find((one) => one.answersByDefault) ?? mine[0];
    const choice = (value) => {
      const { labels, reliability } = find(value);
      return { predictor: this.predictor.node.value, version: value, labels, limit: reliability?.confidenceLimit };
    };
    const other = this.other.node.value;
    return [choice(this.version.node.value), ...(other && other !== '-' ? [choice(other)] : [])];
  }
  digits() { return this.choices()[0]?.labels.join('') === '0123456789'; }
}

function fill(node, options, value) {
  node.replaceChildren(...options.map(([key, text]) => el('option', { value: key }, text)));
  if (options.some(([key]) => key === value)) node.value = value;
}
