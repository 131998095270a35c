// The API key of a server that wants one: asked for in the page, kept by this tab until it is closed,
// in no cookie, and sent to this server only.
import { button, el, marked, t } from './dom.js';

const KEPT = 'credence-key';
let key = kept();
let asking = null;      // a promise, while the question stands
let declined = false;   // the person closed it without a key

// At the end of the page, of a server that wants a key: gives one, or forgets it.
export const keyButton = button('', async () => {
  if (key) keep(null);
  else {
    declined = false;
    if (!await askKey(false)) return;
  }
  location.reload();
}, { class: 'plain link' });
showButton();

function showButton() {
  keyButton.hidden = !key && !declined;
  keyButton.textContent = t(key ? 'key.forget' : 'key.give');
}

function kept() {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;  // the browser keeps nothing for this page: the key lives as long as the page
  }
}

function keep(value) {
  key = value || null;
  declined = false;
  try {
    if (key) sessionStorage.setItem(KEPT, key);
    else sessionStorage.removeItem(KEPT);
  } catch {}  // as above
}

export const held = () => key;

// Of several requests that were refused at once, one asks. Returns whether there is a key to try.
export async function askKey(wrong) {
  if (declined) return false;
  asking ??= question(wrong);
  const given = await asking;
  asking = null;
  declined = !given;
  showButton();
  return given;
}

function question(wrong) {
  return new Promise((resolve) => {
    const input = el('input', { type: 'password', id: 'key', autocomplete: 'off', required: true, class: 'find grow' });
    const take = (event) => {
      event.preventDefault();
      keep(input.value.trim());
      dialog.close('given');
    };
    const dialog = el('dialog', { class: 'ask-key', 'aria-labelledby': 'key-h', 'aria-describedby': 'key-help' },
      el('h2', { id: 'key-h' }, t('key.title')),
      wrong ? el('p', { class: 'notice', role: 'alert' }, t('key.wrong')) : null,
      el('form', { onsubmit: take },
        el('label', { for: 'key' }, t('key.label')),
        el('div', { class: 'row' }, input, el('button', { type: 'submit' }, t('key.use')),
          button(t('key.none'), () => dialog.close()))),
      el('p', { class: 'muted small', id: 'key-help' }, marked(t('key.help'))));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'given');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// A link to an answer of the API, which a browser would follow without the key.
export function keyed(link) {
  link.addEventListener('click', async (event) => {
    if (!key || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const response = await fetch(link.href, { headers: { 'X-API-Key': key } });
    const text = new Blob([await response.text()], { type: 'text/plain; charset=utf-8' });
    location.href = URL.createObjectURL(text);
  });
  return link;
}
