// The header and the footer of every page, and the texts that stand in its HTML.
import { el, t } from './dom.js';
import { keyButton, keyed } from './key.js';

// The pages, in the order of the navigation. A review queue would stand after "Live".
const PAGES = [['/', 'nav.try'], ['/live', 'nav.live'], ['/docs', 'nav.api']];

export function frame() {
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll('[data-t-label]')) {
    node.setAttribute('aria-label', t(node.dataset.tLabel));
  }
  const links = PAGES.map(([href, key]) =>
    el('a', { href, 'aria-current': href === location.pathname ? 'page' : null }, t(key)));
  document.querySelector('header.site').append(
    el('a', { class: 'skip', href: '#main' }, t('nav.skip')),
    el('a', { class: 'brand', href: '/' }, el('img', { src: '/web/icon.svg', alt: '', width: 26, height: 26 }),
      'Credence'),
    el('nav', { 'aria-label': t('nav.main') }, links));
  document.querySelector('footer.site').append(
    el('span', {}, t('foot')), keyed(el('a', { href: '/metrics' }, t('foot.metrics'))),
    el('a', { href: '/openapi.json' }, t('foot.openapi')), keyButton);
}
