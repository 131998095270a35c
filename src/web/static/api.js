// Asking the server, and what its refusals mean for a person.
import { bytes, t } from './dom.js';
import { askKey, held } from './key.js';

// kind: "gone" (no answer at all) or the problem's code. seconds: of a busy server, until it may be asked again.
export class Refusal extends Error {
  constructor(kind, message, problem = null) {
    super(message);
    this.kind = kind;
    this.problem = problem;
  }
}

const SENTENCES = ['too_large', 'invalid_image', 'unsupported_format', 'unauthenticated', 'permission_denied'];
const BUSY = ['resource_exhausted', 'unavailable', 'deadline_exceeded', 'rate_limited', 'too_many_at_once'];

export function sentence(problem) {
  const detail = String(problem.detail ?? problem.title ?? problem.status).replace(/\.$/, '');
  if (SENTENCES.includes(problem.code)) return t(`error.${problem.code}`, { detail });
  return t(BUSY.includes(problem.code) ? 'error.busy' : 'error.other', { detail });
}

async function once(url, options, key) {
  const headers = { ...options.headers, ...(key ? { 'X-API-Key': key } : {}) };
  try {
    return await fetch(url, { ...options, headers });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Refusal('gone', t('error.gone'));
  }
}

// Asks for a key when the server wants one, and tries again with it.
async function send(url, options = {}) {
  for (;;) {
    const key = held();
    const response = await once(url, options, key);
    if (response.status !== 401) return response;
    if (held() === key && !await askKey(key !== null)) return response;
  }
}

async function read(response) {
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = { status: response.status, detail: text.slice(0, 200) || response.statusText };
  }
  if (response.ok) return body;
  const refusal = new Refusal(body.code ?? 'other', sentence(body), body);
  if (BUSY.includes(body.code)) refusal.seconds = Math.max(1, Number(response.headers.get('Retry-After')) || 1);
  throw refusal;
}

export async function get(url) {
  return read(await send(url));
}
// The answer as it comes, whatever its status.
export const ask = send;

let limits = null;
export async function bodyLimit() {
  limits ??= get('/v1/live?range=none').then((live) => live.limits ?? {}, () => ({}));
  return (await limits).bodyBytes ?? Infinity;
}

export function predictUrl(choice, extras = {}) {
  const query = new URLSearchParams({ predictor: choice.predictor });
  if (choice.version) query.set('version', choice.version);
  for (const [key, value] of Object.entries(extras)) query.set(key, value);
  return `/v1/predict?${query}`;
}

// The answer about one picture: {answer, ms, inside} with the time it took here and in the server.
export async function predict(picture, choice, signal) {
  if (picture.size === 0) throw new Refusal('empty', t('error.empty'));
  // A body over the limit is refused at its head: the browser, still sending, may miss the answer.
  const limit = await bodyLimit();
  if (picture.size > limit) {
    throw new Refusal('too_large', t('error.large', { size: bytes(picture.size), limit: bytes(limit) }));
  }
  const start = performance.now();
  const response = await send(predictUrl(choice, { view: true, explain: true }), {
    method: 'POST', body: picture.body, signal, headers: { 'Content-Type': picture.type },
  });
  const answer = await read(response);
  const timing = response.headers.get('Server-Timing') ?? '';
  const inside = [...timing.matchAll(/dur=([\d.]+)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  return { answer, ms: performance.now() - start, inside };
}
