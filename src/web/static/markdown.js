// A text in Markdown as nodes: headings, paragraphs, lists, tables, code, emphasis and links to elsewhere. What else it
// has stays as it was written; HTML in it is text.
import { el, table } from './dom.js';

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)/g;
const BLOCK = /^(#{1,6} |[-*] |\d+\. |\||```)/;  // begins something other than a paragraph

function inline(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [all, code, strong, name, href] = match;
    parts.push(text.slice(end, match.index));
    end = match.index + all.length;
    if (code !== undefined) parts.push(el('code', {}, code));
    else if (strong !== undefined) parts.push(el('strong', {}, strong));
    // A file beside the card is not served: of a link to it only the name is left.
    else parts.push(/^https?:/.test(href) ? el('a', { href, rel: 'noreferrer' }, inline(name)) : inline(name));
  }
  return [...parts, text.slice(end)];
}

function tableOf(lines) {
  const rows = lines.map((line) => line.trim().replace(/^\||\|$/g, '').split('|').map((cell) => inline(cell.trim())));
  const ruled = /^[|\s:-]+$/.test(lines[1] ?? '') && /-/.test(lines[1]);
  const head = ruled && lines[0].replace(/[|\s]/g, '') !== '' ? rows[0] : [];
  return table(null, head, rows.slice(ruled ? 2 : 0));
}

// Takes the lines from the front that pass; the first in any case.
function take(lines, passes) {
  const end = lines.findIndex((line, i) => i > 0 && !passes(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

function list(lines) {
  const mark = /^([-*]|\d+\.) /;
  const items = [];
  for (const line of take(lines, (one) => mark.test(one) || /^\s+\S/.test(one))) {
    if (mark.test(line)) items.push(line.replace(mark, ''));
    else items.push(`${items.pop()} ${line.trim()}`);
  }
  return items.map((item) => el('li', {}, inline(item)));
}

function block(lines) {
  const [first] = lines;
  const heading = /^(#{1,6}) (.*)/.exec(first);
  if (heading) {
    lines.shift();
    return el(heading[1].length < 3 ? 'h3' : 'h4', {}, inline(heading[2]));
  }
  if (first.startsWith('```')) {
    const code = take(lines, (line) => !line.startsWith('```'));
    lines.shift();
    return el('pre', { tabindex: 0 }, code.slice(1).join('\n'));
  }
  if (first.startsWith('|')) return tableOf(take(lines, (line) => line.startsWith('|')));
  if (/^[-*] /.test(first)) return el('ul', {}, list(lines));
  if (/^\d+\. /.test(first)) return el('ol', {}, list(lines));
  return el('p', {}, inline(take(lines, (line) => line.trim() !== '' && !BLOCK.test(line)).join(' ')));
}

export function markdown(text) {
  const lines = text.split(/\r?\n/);
  const blocks = [];
  while (lines.length > 0) {
    if (lines[0].trim() === '') lines.shift();
    else blocks.push(block(lines));
  }
  return blocks;
}
