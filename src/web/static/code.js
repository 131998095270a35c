// The same question for a terminal and for programs, to copy; and the answer as it came.
import { $, button, download, el, t } from './dom.js';
import { predictUrl } from './api.js';
import { held } from './key.js';

const KINDS = ['curl', 'python', 'javascript', 'json'];

const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const quoted = (text) => JSON.stringify(text);

// What is sent: a drawing stands in the line itself, a file is named. A key is named too, never shown.
function snippets(picture, url) {
  const key = held() !== null;
  const body = picture.base64 ? JSON.stringify({ image: picture.base64 }) : null;
  const form = body ? `-d ${shell(body)}` : `-F ${shell(`file=@"${picture.name.replaceAll('"', '\\"')}"`)}`;
  const asked = key ? `urllib.request.Request(${quoted(url)}, body, {"X-API-Key": os.environ["CREDENCE_KEY"]})`
    : `${quoted(url)}, body`;
  const headers = key ? ", headers: { 'X-API-Key': process.env.CREDENCE_KEY }" : '';
  return {
    curl: `curl --fail-with-body ${key ? '-H "X-API-Key: $CREDENCE_KEY" ' : ''}${form} ${shell(url)}`,
    python: `import json, ${key ? 'os, ' : ''}urllib.request\n\n`
      + `body = ${body ? `${quoted(body)}.encode()` : `open(${quoted(picture.name)}, "rb").read()`}\n`
      + `answer = json.load(urllib.request.urlopen(${asked}))\n`
      + 'print(answer["label"], answer["verdict"], answer["reasons"])\n',
    javascript: (body ? `const body = ${quoted(body)};\n`
      : `import { readFile } from 'node:fs/promises';\n\nconst body = await readFile(${quoted(picture.name)});\n`)
      + `const answer = await (await fetch(${quoted(url)}, { method: 'POST', body${headers} })).json();\n`
      + 'console.log(answer.label, answer.verdict, answer.reasons);\n',
  };
}

// Long strings shortened and lists of numbers on one line: for eyes.
export function pretty(value) {
  const text = JSON.stringify(value, (_, one) =>
    (typeof one === 'string' && one.length > 200 ? `${one.slice(0, 60)}… (${one.length} characters)` : one), 2);
  return text.replace(/\[\s+((?:-?[\d.e+-]+,?\s+)+)\]/g, (_, inside) => `[${inside.trim().replace(/\s+/g, ' ')}]`);
}

export class CodePanel {
  constructor() {
    this.pre = el('pre', { tabindex: '0', role: 'tabpanel', id: 'code-text', 'aria-labelledby': 'code-tab-curl' },
      t('code.wait'));
    this.tabs = KINDS.map((kind) => el('button', {
      type: 'button', role: 'tab', id: `code-tab-${kind}`, 'aria-controls': 'code-text',
      onclick: () => this.choose(kind), onkeydown: (event) => this.walk(event, kind),
    }, t(`code.${kind}`)));
    this.copied = el('span', { role: 'status', class: 'muted small' });
    this.needs = el('span', {});
    this.file = el('p', { class: 'row small muted', hidden: true }, this.needs,
      button(t('code.save'), () => download(this.picture.name, this.picture.blob)));
    $('code').append(
      el('div', { class: 'row spread' },
        el('div', { class: 'tabs', role: 'tablist', 'aria-label': t('code.tabs') }, this.tabs),
        el('div', { class: 'row' }, this.copied, button(t('code.copy'), () => this.copy()))),
      this.pre, this.file);
    this.choose('curl');
  }
  choose(kind) {
    this.kind = kind;
    KINDS.forEach((one, i) => {
      this.tabs[i].setAttribute('aria-selected', String(one === kind));
      this.tabs[i].tabIndex = one === kind ? 0 : -1;
    });
    this.pre.setAttribute('aria-labelledby', `code-tab-${kind}`);
    this.pre.classList.toggle('short', kind !== 'json');
    this.pre.textContent = this.shown();
  }
  walk(event, kind) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = (KINDS.indexOf(kind) + by + KINDS.length) % KINDS.length;
    this.choose(KINDS[next]);
    this.tabs[next].focus();
  }
  shown() {
    if (!this.picture) return t('code.wait');
    return this.kind === 'json' ? pretty(this.answer) : snippets(this.picture, this.url)[this.kind];
  }
  copy() {
    if (!this.picture) return;
    const text = this.kind === 'json' ? JSON.stringify(this.answer) : this.shown();
    const done = () => { this.copied.textContent = t('code.copied'); };
    if (navigator.clipboard) {
      navigator.clipboard.writeText(text).then(done, () => this.select());
    } else {
      this.select();  // not on https or localhost: the browser lets nobody write the clipboard
    }
  }
  select() {
    getSelection().selectAllChildren(this.pre);
    if (document.execCommand('copy')) this.copied.textContent = t('code.copied');
  }
  show(picture, choice, answer) {
    this.picture = picture;
    this.url = new URL(predictUrl(choice), location.href).href;
    this.answer = answer;
    this.copied.textContent = '';
    this.needs.textContent = t('code.needs', { name: picture.name });
    this.file.hidden = Boolean(picture.base64);
    this.pre.textContent = this.shown();
  }
}
