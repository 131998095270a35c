// The first page: a picture comes from the sheet, a file, the clipboard, the camera or a sample, and
// is answered; while drawing every now and then, and the last question wins.
import { $, badge, button, el, percent, t, why } from './dom.js';
import { frame } from './frame.js';
import { bodyLimit, get, predict, Refusal } from './api.js';
import { AnswerCard } from './answer.js';
import { Batch } from './batch.js';
import { Chooser } from './choose.js';
import { CodePanel } from './code.js';
import { clearDetails, decode, showPath, showSignals } from './details.js';
import { openCamera } from './camera.js';
import { Pad } from './pad.js';

const WHILE_DRAWING_MS = 90;
const SPEAK_MS = 700;    // after the last answer, when the hand rests
const RETRY_MS = 1000;
const SHOWN = 560;       // px of the sheet, for a picture that is shown in its place
const SAMPLES = ['2', '3', '5', '7', '9', 'blank', 'letter', 'two'];

frame();
const cards = [new AnswerCard('answer-a'), new AnswerCard('answer-b')];
$('answers').append(cards[0].node);
const code = new CodePanel();
const batch = new Batch((picture, result) => { show(picture); present(picture, [result]); },
  (sentence) => notice(sentence));
const chooser = new Chooser($('choose'), again);
const pad = new Pad($('pad'), drawn);
clearDetails();
glance();
tools();
samples();
start();

let asked = 0;            // number of the last question
let stop = null;          // ends the one that is on its way
let waiting = false;      // for its answer
let timer = null;
let last = null;          // the picture that was asked last
let several = null;       // the pictures of the table
let gone = null;          // the timer that waits for a lost server
let later = null;         // the timer that asks a busy server again

async function start() {
  bodyLimit();  // asked now, so that the first picture need not wait for it
  try {
    await chooser.load();
  } catch (error) {
    return fail(error);
  }
  layout();
  if (chooser.choices().length === 0) {
    notice(t('error.nothing'));
    return waitForServer();  // it may be loading
  }
  document.querySelector('.lead').textContent = t(chooser.digits() ? 'try.lead' : 'try.lead.other');
  document.body.dataset.ready ??= String(performance.now());
}

// Room for one answer or two, and for their classes.
function layout() {
  const choices = chooser.choices();
  $('answers').replaceChildren(...cards.slice(0, Math.max(1, choices.length)).map((card) => card.node));
  $('answers').classList.toggle('two', choices.length > 1);
  choices.forEach((choice, i) => cards[i].classes(choice.labels, choice.limit));
}

function again() {
  layout();
  if (several) batch.run(several, chooser.choices()[0]);
  if (last) ask(last);
}

// Over the page, so that the sheet does not move under a pen; what stays for long stands in its place above.
function notice(text = '', stays = false) {
  $('notice').textContent = text;
  $('notice').hidden = text === '';
  $('notice').classList.toggle('over', !stays);
}

function drawn(lifted) {
  $('hint').hidden = !pad.empty;
  if (pad.empty || lifted) {
    clearTimeout(timer);
    timer = null;
  }
  if (pad.empty) return reset();
  if (lifted) return ask(drawing());
  timer ??= setTimeout(whileDrawing, WHILE_DRAWING_MS);
}

// One question after another while the pen moves: none is given up for a newer one before it is answered.
function whileDrawing() {
  timer = waiting ? setTimeout(whileDrawing, WHILE_DRAWING_MS) : null;
  if (!waiting) ask(drawing());
}

function reset() {
  asked += 1;
  stop?.abort();
  waiting = false;
  clearTimeout(later);
  last = several = null;
  notice();
  for (const card of cards) card.wait();
  glance();
  clearDetails();
  $('spoken').textContent = '';
}

function drawing() {
  const base64 = pad.png();
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const body = JSON.stringify({ image: base64 });
  return {
    name: 'drawing.png', base64, body, type: 'application/json', size: body.length,
    blob: new Blob([bytes], { type: 'image/png' }),
  };
}

function fromFile(file, name = file.name) {
  return { name: name || 'picture', body: file, type: file.type || 'application/octet-stream', size: file.size, blob: file };
}

function take(files) {
  const pictures = [...files].map((file) => fromFile(file));
  if (pictures.length === 0) return;
  notice();
  show(pictures[0]);
  several = pictures.length > 1 ? pictures : null;
  $('table-card').hidden = several === null;
  if (several) batch.run(several, chooser.choices()[0]);
  ask(pictures[0]);
}

// Puts a picture in the sheet's place.
async function show(picture) {
  pad.strokes = [];
  pad.redraw();
  $('hint').hidden = true;
  const bitmap = await decode(picture);
  const inside = bitmap === null ? el('p', { class: 'muted' }, picture.name) : el('canvas', {
    width: SHOWN, height: SHOWN, role: 'img', 'aria-label': picture.name,
  });
  if (bitmap !== null) {
    const scale = Math.min(SHOWN / bitmap.width, SHOWN / bitmap.height);
    const [width, height] = [bitmap.width * scale, bitmap.height * scale];
    const context = inside.getContext('2d');
    context.imageSmoothingEnabled = scale < 3;
    context.drawImage(bitmap, (SHOWN - width) / 2, (SHOWN - height) / 2, width, height);
    bitmap.close();
  }
  $('shown').replaceChildren(inside, button(t('pad.back'), drawAgain, { class: 'over' }));
  $('shown').hidden = false;
  $('pad').inert = true;  // it lies under the picture
}

function drawAgain() {
  $('pad').inert = false;
  $('shown').hidden = true;
  $('shown').replaceChildren();
  pad.clear();
  $('pad').focus();
}

async function ask(picture) {
  const choices = chooser.choices();
  last = picture;
  if (choices.length === 0) return notice(t('error.nothing'));
  const mine = ++asked;
  stop?.abort();
  clearTimeout(later);
  stop = new AbortController();
  const { signal } = stop;
  waiting = true;
  try {
    const results = await Promise.all(choices.map((choice) => predict(picture, choice, signal)));
    if (mine === asked) present(picture, results);
  } catch (error) {
    if (mine === asked && error.name !== 'AbortError') fail(error);
  } finally {
    if (mine === asked) waiting = false;
  }
}

function present(picture, results) {
  notice();
  results.forEach((result, i) => cards[i].show(result));
  const { answer } = results[0];
  const mine = asked;
  glance(answer);
  showPath(picture, answer, () => mine === asked);
  showSignals(answer);
  code.show(picture, chooser.choices()[0], answer);
  document.body.dataset.shown = String(performance.now());
  if (results.length > 1) {
    const same = answer.label === results[1].answer.label && answer.verdict === results[1].answer.verdict;
    notice(t(same ? 'answer.agree' : 'answer.differ'), true);
  }
  clearTimeout(speak.timer);
  speak.timer = setTimeout(() => speak(answer), SPEAK_MS);
}

// Label and verdict close to the sheet, for screens on which the answer stands below it.
function glance(answer = null) {
  $('glance').replaceChildren(...(answer === null ? [badge('waiting')]
    : [el('b', {}, answer.label), badge(answer.verdict), el('span', { class: 'muted' }, percent(answer.confidence, cards[0].limit))]));
}

function speak(answer) {
  $('spoken').textContent = t('spoken', {
    label: answer.label, verdict: t(`verdict.${answer.verdict}`), confidence: percent(answer.confidence),
    why: why(answer),
  });
}

function fail(error) {
  if (!(error instanceof Refusal)) throw error;
  notice(error.message);
  if (error.seconds && last) {  // the answer that is shown is an older picture's
    for (const card of cards) card.stale();
    later = setTimeout(() => ask(last), 1000 * error.seconds);
    return;
  }
  for (const card of cards) card.wait(error.message);
  glance();
  clearDetails();
  if (error.kind === 'gone') waitForServer();
}

// Looks for the server until it is ready, then asks again what was not answered.
function waitForServer() {
  gone ??= setInterval(async () => {
    if (document.hidden) return;
    try {
      if (!(await get('/v1/live?range=none')).ready) return;
    } catch {
      return;
    }
    if (gone === null) return;
    clearInterval(gone);
    gone = null;
    notice(t('error.back'));
    await start();
    if (last) ask(last);
  }, RETRY_MS);
}

function tools() {
  const width = el('input', {
    type: 'range', min: 8, max: 70, value: pad.width, id: 'pen', oninput: () => { pad.width = Number(width.value); },
  });
  const pick = el('input', {
    type: 'file', multiple: true, accept: 'image/*', id: 'pick', class: 'unseen', tabindex: -1, 'aria-hidden': 'true',
    onchange: () => { take(pick.files); pick.value = ''; },
  });
  $('tools').append(
    button(t('pad.undo'), () => ($('shown').hidden ? pad.undo() : drawAgain())), button(t('pad.clear'), drawAgain),
    el('label', { class: 'row pen', for: 'pen' }, t('pad.width'), width));
  $('ways').append(button(t('pad.pick'), () => pick.click()), pick);
  if (navigator.mediaDevices?.getUserMedia) {
    $('ways').append(button(t('pad.camera'), () => openCamera($('camera'), (file) => take([file]))));
  }
}

function samples() {
  for (const name of SAMPLES) {
    const text = /\d/.test(name) ? t('sample.digit', { digit: name }) : t(`sample.${name}`);
    $('samples').append(el('button', {
      type: 'button', class: 'sample', 'data-sample': name, 'aria-label': text, title: text,
      onclick: async () => {
        const response = await fetch(`/web/sample-${name}.jpg`).catch(() => null);
        if (!response?.ok) return fail(new Refusal('gone', t('error.gone')));
        take([new File([await response.blob()], `sample-${name}.jpg`, { type: 'image/jpeg' })]);
      },
    }, el('img', { src: `/web/sample-${name}.jpg`, alt: '', width: 56, height: 56 })));
  }
}

const drop = $('drop');
for (const name of ['dragenter', 'dragover']) {
  document.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add('over'); });
}
document.addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) drop.classList.remove('over');
});
document.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  take(event.dataTransfer.files);
});
document.addEventListener('paste', (event) => {
  const files = [...event.clipboardData.files];
  if (files.length > 0) take(files);
});
