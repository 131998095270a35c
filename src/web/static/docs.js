// The OpenAPI document of this server as a page to read and to try. It stands without internet.
import { $, button, el, number, t, table } from './dom.js';
import { frame } from './frame.js';
import { ask, get, Refusal } from './api.js';
import { pretty } from './code.js';

const METHODS = ['get', 'post', 'put', 'delete'];
const MIME = { json: 'application/json' };

frame();
let api = null;
start();

async function start() {
  try {
    api = await get('/openapi.json');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    $('notice').textContent = error.message;
    $('notice').hidden = false;
    return;
  }
  $('about').textContent = api.info?.description ?? '';
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => operation(path, method, item[method])));
  $('operations').append(...operations);
  $('schemas').append(...Object.entries(api.components?.schemas ?? {}).map(([name, schema]) =>
    el('details', { class: 'op', id: `schema-${name}` }, el('summary', {}, el('code', {}, name), schema.description ?? ''),
      el('div', {}, el('pre', { tabindex: 0 }, pretty(schema))))));
  $('find').addEventListener('input', () => {
    const wanted = $('find').value.toLowerCase();
    for (const node of document.querySelectorAll('details.op')) {
      node.hidden = !node.querySelector('summary').textContent.toLowerCase().includes(wanted);
    }
  });
}

function follow(node) {
  if (!node?.$ref) return node;
  return node.$ref.slice(2).split('/').reduce((at, key) => at?.[key], api);
}

// The name of what a schema refers to, as a link; else its type.
function schemaLink(schema) {
  if (!schema) return null;
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1);
    return el('a', { href: `#schema-${name}`, onclick: () => { $(`schema-${name}`).open = true; } }, name);
  }
  const kinds = schema.oneOf ?? schema.anyOf;
  if (kinds) return el('span', {}, kinds.flatMap((one, i) => [i > 0 ? ' | ' : '', schemaLink(one)]));
  return el('span', {}, [schema.type ?? ''].flat().join(' | '));
}

function operation(path, method, one) {
  const inside = el('div', {});
  const node = el('details', { class: 'op' },
    el('summary', {}, el('span', { class: `method ${method}` }, method.toUpperCase()), el('code', {}, path),
      el('span', {}, one.summary ?? ''),
      one.tags?.includes('admin') ? el('span', { class: 'muted small' }, t('docs.admin')) : null), inside);
  // Filled when it is opened: the page is there at once.
  node.addEventListener('toggle', () => {
    if (node.open && inside.childElementCount === 0) fill(inside, path, method, one);
  });
  return node;
}

function fill(inside, path, method, one) {
  const parameters = (one.parameters ?? []).map(follow);
  const body = follow(one.requestBody);
  inside.append(...(one.description ? [el('p', {}, one.description)] : []), ...answers(one),
    tryIt(path, method, parameters, body));
}

function answers(one) {
  const rows = Object.entries(one.responses ?? {}).map(([status, response]) => {
    const known = follow(response);
    const content = Object.entries(known.content ?? {});
    return [status, known.description ?? '',
      content.map(([type, media]) => el('div', {}, el('code', {}, type), ' ', schemaLink(media.schema)))];
  });
  return [el('h3', {}, t('docs.answers')), table(t('docs.answers'), [], rows)];
}

function tryIt(path, method, parameters, body) {
  const fields = parameters.filter((one) => one.in === 'path' || one.in === 'query').map(field);
  const text = body ? el('textarea', { 'aria-label': t('docs.body'), spellcheck: 'false' }) : null;
  const file = body ? el('input', { type: 'file', 'aria-label': t('docs.file') }) : null;
  if (text) text.value = exampleOf(body);
  const status = el('p', { class: 'muted small', role: 'status' });
  const answer = el('pre', { tabindex: 0, hidden: true });
  const send = async () => {
    const url = fields.reduce((at, one) => one.put(at), path);
    const query = fields.map((one) => one.query()).filter((part) => part !== '').join('&');
    const options = { method: method.toUpperCase() };
    if (body) {
      options.body = file.files[0] ?? text.value;
      options.headers = { 'Content-Type': file.files[0] ? file.files[0].type || 'application/octet-stream' : MIME.json };
    }
    const began = performance.now();
    try {
      const response = await ask(query ? `${url}?${query}` : url, options);
      answer.textContent = shown(await response.text());
      status.textContent = t('docs.status', { status: response.status, ms: number(performance.now() - began) });
    } catch {
      status.textContent = t('error.gone');
      answer.textContent = '';
    }
    answer.hidden = answer.textContent === '';
  };
  return el('div', {}, el('h3', {}, t('docs.try')), fields.map((one) => one.node),
    text ? el('div', {}, text, el('label', {}, el('span', { class: 'muted small' }, t('docs.file')), file)) : null,
    button(t('docs.send'), send), status, answer);
}

function shown(text) {
  try {
    return pretty(JSON.parse(text));
  } catch {
    return text;
  }
}

function exampleOf(body) {
  const media = body.content?.[MIME.json];
  const example = media?.example ?? Object.values(media?.examples ?? {})[0]?.value;
  return example === undefined ? '' : JSON.stringify(example);
}

function field(parameter) {
  const choices = parameter.schema?.enum ?? (parameter.schema?.type === 'boolean' ? [true, false] : null);
  const input = choices
    ? el('select', {}, [...(parameter.required ? [] : ['']), ...choices].map((one) => el('option', {}, String(one))))
    : el('input', { type: 'text', spellcheck: 'false' });
  const node = el('label', {}, el('span', {}, el('code', {}, parameter.name),
    parameter.required ? el('span', { class: 'muted small' }, ` ${t('docs.required')}`) : null),
  el('span', {}, input, el('span', { class: 'muted small' }, ` ${parameter.description ?? ''}`)));
  return {
    node,
    put: (url) => (parameter.in === 'path' ? url.replace(`{${parameter.name}}`, encodeURIComponent(input.value)) : url),
    query: () => (parameter.in === 'query' && input.value !== ''
      ? `${encodeURIComponent(parameter.name)}=${encodeURIComponent(input.value)}` : ''),
  };
}
