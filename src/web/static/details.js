// From the picture to the verdict: the original with what was found, what the model saw, the steps,
// the signals, and the most similar known pictures.
import { $, el, has, t } from './dom.js';

const SIDE = 520;  // px, of the drawn original

function stepText(step) {
  return has(`step.${step.step}`) ? t(`step.${step.step}`, step) : step.step;
}

function strokeBox(context, box, scale, dashed) {
  const [x, y, width, height] = box.map((value) => value * scale);
  for (const [colour, line] of [['#fff', 10], [dashed ? '#8d2f8f' : '#0b57d0', 5]]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.setLineDash(dashed ? [14, 10] : []);
    context.strokeRect(x, y, width, height);
  }
}

// `picture.blob` in the browser's own eyes, turned as its camera says.
export async function decode(picture) {
  try {
    return await createImageBitmap(picture.blob, { imageOrientation: 'from-image' });
  } catch {
    return null;
  }
}

export async function original(picture, adaptations) {
  const bitmap = await decode(picture);
  if (bitmap === null) return el('p', { class: 'muted none' }, t('path.unshown'));
  const scale = Math.min(SIDE / bitmap.width, SIDE / bitmap.height);
  const canvas = el('canvas', {
    width: Math.max(1, Math.round(bitmap.width * scale)), height: Math.max(1, Math.round(bitmap.height * scale)),
    role: 'img', 'aria-label': t('path.original'),
  });
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  for (const step of adaptations) {
    if (step.step === 'frame') strokeBox(context, step.box, scale, false);
    if (step.step === 'left_out') strokeBox(context, step.box, scale, true);
  }
  bitmap.close();
  return canvas;
}

function caption(adaptations) {
  const steps = adaptations.map((step) => step.step);
  if (!steps.includes('frame')) return t(steps.includes('blank') ? 'step.blank' : 'path.whole');
  return t('path.found') + (steps.includes('left_out') ? ` ${t('path.left')}` : '');
}

export async function showPath(picture, answer, current) {
  const adaptations = answer.adaptations ?? [];
  const drawn = await original(picture, adaptations);
  if (!current()) return;
  const saw = answer.view
    ? el('img', { class: 'pixels', src: `data:image/png;base64,${answer.view}`, alt: t('path.saw') })
    : el('p', { class: 'muted none' }, '–');
  const steps = adaptations.map((step) => el('li', { class: `step ${step.step}` }, stepText(step)));
  $('path').replaceChildren(
    figure(t('path.original'), drawn, caption(adaptations)),
    el('div', { class: 'steps' }, el('h3', {}, t('path.steps')),
      steps.length > 0 ? el('ol', {}, steps) : el('p', { class: 'muted' }, t('path.none'))),
    figure(t('path.saw'), saw, ''));
}

function figure(title, inside, text) {
  return el('figure', {}, el('h3', {}, title), el('div', { class: 'stage' }, inside),
    el('figcaption', { class: 'muted small' }, text || '\u00a0'));
}

const WORST = 4;  // standard deviations at the right end of a signal's strip
function place(standardised) {
  return 100 * Math.min(1, Math.max(0, (1 - standardised) / (1 + WORST)));
}
function degree(standardised) {
  if (standardised >= -1) return 'usual';
  return standardised >= -2.5 ? 'worse' : 'far';
}

function signalRow(signal) {
  const mark = el('i', { class: 'needle' });
  mark.style.left = `${place(signal.standardised)}%`;
  const name = has(`signal.${signal.code}`) ? t(`signal.${signal.code}`) : signal.code;
  return el('div', { class: `signal ${degree(signal.standardised)}` },
    el('span', { class: 'name' }, name),
    el('span', { class: 'strip', 'aria-hidden': 'true' }, el('i', { class: 'ok' }), el('i', { class: 'warn' }),
      el('i', { class: 'bad' }), mark),
    el('span', { class: 'says' }, signal.text));
}

function similarPictures(explanation) {
  if (!(explanation.similar?.length > 0)) return el('p', { class: 'muted small' }, t('signals.similar.none'));
  return el('div', { class: 'row' }, explanation.similar.map((one) =>
    el('figure', { class: 'similar' },
      el('img', { class: 'pixels', src: `data:image/png;base64,${one.picture}`,
        alt: t('signals.similar.one', { label: one.label }) }),
      el('figcaption', {}, one.label))));
}

export function showSignals(answer) {
  const explanation = answer.explanation;
  if (!explanation) {
    $('signals').replaceChildren(el('p', { class: 'muted' }, t('signals.none')));
    return;
  }
  $('signals').replaceChildren(
    el('div', { class: 'signal legend', 'aria-hidden': 'true' }, el('span', {}),
      el('span', { class: 'ends' }, el('span', {}, t('signals.usual')), el('span', {}, t('signals.worse')),
        el('span', {}, t('signals.far'))), el('span', {})),
    ...explanation.signals.map(signalRow),
    el('h3', {}, t('signals.similar')), similarPictures(explanation));
}

export function clearDetails() {
  $('path').replaceChildren(el('p', { class: 'muted' }, t('path.wait')));
  $('signals').replaceChildren(el('p', { class: 'muted' }, t('signals.wait')));
}
