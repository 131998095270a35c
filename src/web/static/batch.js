// Several pictures: a table that sorts, shows each on a click, and downloads as CSV or JSON lines.
import { $, badge, button, download, el, percent, t, why } from './dom.js';
import { predict, Refusal } from './api.js';
import { decode } from './details.js';

const PICTURES_MAX = 500;
const AT_ONCE = 3;
const THUMB = 44;
const COLUMNS = [
  ['picture', null],
  ['name', (row) => row.picture.name],
  ['label', (row) => row.result?.answer.label ?? ''],
  ['verdict', (row) => ['reliable', 'uncertain', 'unassessed', 'unfamiliar'].indexOf(row.result?.answer.verdict)],
  ['confidence', (row) => row.result?.answer.confidence ?? -1],
  ['familiarity', (row) => row.result?.answer.familiarity ?? -1],
  ['reasons', null],
];

export class Batch {
  constructor(show, notice) {
    this.show = show;      // (picture, result): shows one above
    this.notice = notice;  // (sentence)
    this.rows = [];
    this.sorted = ['confidence', 'ascending'];
    this.progress = el('span', { class: 'muted small', role: 'status' });
    $('table-tools').append(this.progress,
      button(t('table.csv'), () => download('answers.csv', new Blob([this.csv()], { type: 'text/csv' }))),
      button(t('table.jsonl'), () => download('answers.jsonl', new Blob([this.lines()], { type: 'application/jsonl' }))));
  }

  async run(pictures, choice) {
    if (pictures.length > PICTURES_MAX) {
      this.notice(t('table.many', { max: PICTURES_MAX, all: pictures.length }));
    }
    this.rows = pictures.slice(0, PICTURES_MAX).map((picture) => ({ picture }));
    const mine = this.rows;
    $('table-card').hidden = false;
    this.draw();
    let next = 0;
    let done = 0;
    const work = async () => {
      while (next < mine.length && this.rows === mine) {
        const row = mine[next++];
        try {
          row.result = await predict(row.picture, choice);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          row.refusal = error;
        }
        await thumbnail(row);
        done += 1;
        this.progress.textContent = t('table.progress', { done, all: mine.length });
        this.redrawSoon();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (this.rows === mine) this.draw();
  }

  redrawSoon() {
    this.timer ??= setTimeout(() => { this.timer = null; this.draw(); }, 200);
  }
  sort(column) {
    const [old, direction] = this.sorted;
    this.sorted = [column, old === column && direction === 'ascending' ? 'descending' : 'ascending'];
    this.draw();
    $('table').querySelector(`[data-column="${column}"]`).focus();
  }
  draw() {
    const [column, direction] = this.sorted;
    const value = COLUMNS.find(([name]) => name === column)[1];
    const sign = direction === 'ascending' ? 1 : -1;
    const compare = (a, b) => sign * (typeof a === 'string' ? a.localeCompare(b, 'en', { numeric: true }) : a - b);
    const rows = [...this.rows].sort((a, b) => compare(value(a), value(b)));
    const head = COLUMNS.map(([name, key]) => el('th', {
      scope: 'col', 'aria-sort': name === column ? direction : null,
    }, key === null ? t(`table.${name}`) : button(
      t(`table.${name}`) + (name === column ? (sign > 0 ? ' ▲' : ' ▼') : ''),
      () => this.sort(name), { class: 'plain', 'data-column': name })));
    $('table').replaceChildren(el('table', {}, el('thead', {}, el('tr', {}, head)),
      el('tbody', {}, rows.map((row) => this.line(row)))));
  }
  line(row) {
    const { picture, result, refusal } = row;
    const name = button(picture.name, () => result && this.show(picture, result),
      { class: 'plain link', 'aria-label': t('table.show', { name: picture.name }) });
    const cells = result
      ? [result.answer.label, badge(result.answer.verdict), percent(result.answer.confidence),
        percent(result.answer.familiarity), result.answer.reasons?.length > 0 ? why(result.answer) : '']
      : ['', '', '', '', refusal?.message ?? '…'];
    return el('tr', {}, el('td', {}, row.thumb ?? ''), el('td', {}, name),
      cells.map((cell, i) => el('td', { 'data-head': t(`table.${COLUMNS[i + 2][0]}`) }, cell)));
  }

  csv() {
    const cell = (value) => {
      const text = value === null || value === undefined ? '' : String(value);
      // A first =, +, - or @ would be a formula in a spreadsheet.
      const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
      return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    const lines = [['file', 'label', 'verdict', 'confidence', 'familiarity', 'predictionSet', 'reasons', 'error']];
    for (const { picture, result, refusal } of this.rows) {
      const a = result?.answer;
      lines.push([picture.name, a?.label, a?.verdict, a?.confidence, a?.familiarity, a?.predictionSet?.join(' '),
        a?.reasons?.map((reason) => reason.code).join(' '), refusal?.message]);
    }
    return lines.map((line) => line.map(cell).join(',')).join('\r\n') + '\r\n';
  }
  lines() {
    return this.rows.map(({ picture, result, refusal }) => {
      const { view, explanation, ...answer } = result?.answer ?? { error: refusal?.problem ?? refusal?.message };
      return JSON.stringify({ file: picture.name, ...answer }) + '\n';
    }).join('');
  }
}

async function thumbnail(row) {
  const bitmap = await decode(row.picture);
  if (bitmap === null) return;
  const scale = Math.min(THUMB / bitmap.width, THUMB / bitmap.height);
  row.thumb = el('canvas', {
    class: 'thumb', width: Math.max(1, Math.round(bitmap.width * scale)),
    height: Math.max(1, Math.round(bitmap.height * scale)), role: 'img', 'aria-label': row.picture.name,
  });
  row.thumb.getContext('2d').drawImage(bitmap, 0, 0, row.thumb.width, row.thumb.height);
  bitmap.close();
}
