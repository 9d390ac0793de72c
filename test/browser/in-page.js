/** What the browser tests ask a page from within. Nothing of this is served: it is put there from without. */

const STOPS = 'a[href], area[href], button, input, select, textarea, summary, iframe, audio[controls], video[controls], [tabindex], [contenteditable]';

function isSeen(element) {
  return element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
}

function isStop(element) {
  if (element.disabled || element.tabIndex < 0 || !isSeen(element)) return false;
  if (element.localName === 'summary' && element.parentElement?.localName !== 'details') return false;
  if (element.type !== 'radio' || element.name === '') return true;
  // Of a group the arrows move within, one is reached.
  const group = [...document.querySelectorAll('input[type=radio]')].filter(({ name, form }) => name === element.name && form === element.form);
  return (group.find(({ checked }) => checked) ?? group[0]) === element;
}

/** Browsers let the keyboard into what scrolls and has nothing else to be reached in it. */
function isScroller(element) {
  const { overflowX, overflowY } = getComputedStyle(element);
  const scrolls = (overflow) => overflow === 'auto' || overflow === 'scroll';
  const isCut =
    (scrolls(overflowX) && element.scrollWidth > element.clientWidth) || (scrolls(overflowY) && element.scrollHeight > element.clientHeight);
  return isCut && isSeen(element) && ![...element.querySelectorAll(STOPS)].some(isStop);
}

function nameOf(element) {
  const words = element.getAttribute('aria-label') || element.labels?.[0]?.textContent || element.textContent || element.value || '';
  return `${element.localName} “${words.trim().replace(/\s+/g, ' ').slice(0, 60)}”`;
}

/** What is wrong with how the focus shows on it, in words. */
function faultOf(element) {
  const { outlineStyle, outlineWidth, outlineColor, visibility, opacity } = getComputedStyle(element);
  const { left, right, top, width, height } = element.getBoundingClientRect();
  const isOutlined = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 && !/(, 0\)|\/ 0\)|transparent)$/.test(outlineColor);
  if (!isOutlined) return 'no outline tells that it has the focus';
  if (width < 2 || height < 2 || visibility === 'hidden' || opacity === '0') return 'it has the focus and is not to be seen';
  if (right <= 0 || left >= innerWidth || top + scrollY < 0) return 'it has the focus and is off the page';
  return undefined;
}

globalThis.inPage = {
  /** What Tab is to reach, in the order of the document. */
  stops() {
    globalThis.stopsOfPage = [...document.querySelectorAll('*')].filter((element) => (element.matches(STOPS) && isStop(element)) || isScroller(element));
    return globalThis.stopsOfPage.map(nameOf);
  },
  /** How often Tab may have to be pressed within stops that have parts: day, month, year, hour, minute, half, calendar. */
  partsOfStops: () => globalThis.stopsOfPage.filter(({ type }) => type === 'date' || type === 'datetime-local').length * 6,
  /** Opens everything that can be folded. */
  unfold() {
    for (const details of document.querySelectorAll('details')) details.open = true;
  },
  /** From now on, notes where the focus goes: which stop, and what is wrong with it there. */
  followFocus() {
    globalThis.focusPath = [];
    document.addEventListener('focusin', ({ target }) => {
      globalThis.focusPath.push({ stop: globalThis.stopsOfPage.indexOf(target), name: nameOf(target), fault: faultOf(target) });
    });
  },
  focusPath: () => globalThis.focusPath,
  focused: () => ({ name: nameOf(document.activeElement), isInMain: document.activeElement.closest('main') !== null }),
  hasStopsInMain: () => [...document.querySelectorAll('main *')].some((element) => element.matches(STOPS) && isStop(element)),
  /** What answers to a pointer and to nothing else. */
  pointerOnly() {
    const reached = `${STOPS}, label`;
    return [...document.querySelectorAll('[role=button], [role=link], [onclick], *')]
      .filter((element) => (element.matches('[role=button], [role=link], [onclick]') || getComputedStyle(element).cursor === 'pointer') && isSeen(element))
      .filter((element) => element.closest(reached) === null)
      .map(nameOf);
  },
  /** What makes the page wider than its window. */
  tooWide() {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const isWide = (element) => element.getBoundingClientRect().right > clientWidth + 1 && !element.closest('.scroll, pre, nav');
    return [`${scrollWidth} px in ${clientWidth} px`, ...[...document.querySelectorAll('body *')].filter(isWide).slice(0, 5).map(nameOf)];
  },
};
