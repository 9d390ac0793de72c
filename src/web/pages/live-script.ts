import { createHash } from 'node:crypto';

/**
 * A module for browsers: when the server says that something changed, it fetches the page anew and puts the content in place
 * of the old one. Pages are complete without it, and stay as they are where it can't work. Nothing moves: there is no
 * animation that somebody could want less of.
 */
export const LIVE_SCRIPT = `
const OFF = 'ratchet-live-off';
/** A person who just typed or pointed is left alone for so long, ms. */
const REST_MS = 1500;
/** Fetching takes at most this share of the time: a slow server is asked less. */
const SHARE = 0.1;
const AGAIN_MS = 10000;

const main = document.getElementById('main');
const box = document.getElementById('live');
const button = box.querySelector('button');
const state = box.querySelector('span');
const announced = box.querySelector('[role=status]');

let source;
/** The revision that the page shows; unknown until the server tells the first one. */
let seen;
let isWanted = false;
let isBusy = false;
let actedAt = -REST_MS;
let notBefore = 0;
let timer;

function isOff() {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false;
  }
}

function setOff(off) {
  try {
    if (off) localStorage.setItem(OFF, '1');
    else localStorage.removeItem(OFF);
  } catch {}
}

function connect() {
  if (source !== undefined || document.hidden || isOff()) return;
  source = new EventSource('/events');
  source.addEventListener('revision', ({ data }) => {
    show('Live.');
    if (seen !== undefined && data !== seen) isWanted = true;
    seen = data;
    refresh();
  });
  source.addEventListener('error', () => {
    // Refused: signed out, or too many. Else the browser tries again by itself.
    if (source?.readyState === EventSource.CLOSED) disconnect();
    show('Not live: reload the page to see what is new.');
  });
}

function disconnect() {
  source?.close();
  source = undefined;
  clearTimeout(timer);
}

function show(text) {
  state.textContent = text;
}

function want() {
  isWanted = true;
  refresh();
}

function later(ms) {
  clearTimeout(timer);
  timer = setTimeout(refresh, ms);
}

async function refresh() {
  if (!isWanted || isBusy || document.hidden || isOff()) return;
  const now = performance.now();
  const wait = Math.max(notBefore, actedAt + REST_MS) - now;
  if (wait > 0) return later(wait);
  if (isInUse()) {
    show('Not updated while something is selected or filled in.');
    return later(REST_MS);
  }
  isBusy = true;
  isWanted = false;
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html', 'X-Ratchet-Live': '1' }, redirect: 'error', cache: 'no-store' });
    const text = await answer.text();
    notBefore = performance.now() + (performance.now() - now) / SHARE;
    if (actedAt > now || isInUse()) isWanted = true;
    else if (answer.ok) put(new DOMParser().parseFromString(text, 'text/html'));
  } catch {
    isWanted = true;
    notBefore = performance.now() + AGAIN_MS;
  }
  isBusy = false;
  if (isWanted) later(REST_MS);
}

/** Somebody types, has chosen or marked something: nothing may be put in its place. */
function isInUse() {
  const active = document.activeElement;
  if (main.contains(active) && active.matches('input:not([type=checkbox], [type=radio], [type=submit]), select, textarea')) return true;
  const selection = getSelection();
  if (selection && !selection.isCollapsed && main.contains(selection.anchorNode)) return true;
  return [...main.querySelectorAll('input, select, textarea')].some(isEdited);
}

function isEdited(field) {
  if (field.type === 'hidden') return false;
  if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
  if (field instanceof HTMLSelectElement) {
    const first = [...field.options].find((option) => option.defaultSelected) ?? field.options[0];
    return field.selectedOptions[0] !== first;
  }
  return field.value !== field.defaultValue;
}

function put(next) {
  const fresh = next.getElementById('main');
  if (fresh === null) return;
  const opened = new Map(named('details', main).map(([name, details]) => [name, details.open]));
  const scrolled = new Map(named('.scroll', main).map(([name, element]) => [name, element.scrollLeft]));
  const focus = main.contains(document.activeElement) ? named(FOCUSABLE, main).find(([, element]) => element === document.activeElement)?.[0] : undefined;
  const hadFocus = main.contains(document.activeElement);
  const heading = main.querySelector('h1')?.textContent;
  const place = [scrollX, scrollY];
  // What became of an act is said once: it stays until the reader goes on.
  const said = main.querySelector(':scope > .notice[role]');
  if (said !== null && fresh.querySelector(':scope > .notice[role]') === null) fresh.prepend(said);

  main.replaceChildren(...fresh.childNodes);
  document.title = next.title;
  for (const [name, details] of named('details', main)) if (opened.has(name)) details.open = opened.get(name);
  for (const [name, element] of named('.scroll', main)) if (scrolled.has(name)) element.scrollLeft = scrolled.get(name);
  if (hadFocus) {
    const same = named(FOCUSABLE, main).find(([name]) => name === focus)?.[1];
    if (same === undefined) main.tabIndex = -1;
    (same ?? main).focus({ preventScroll: true });
  }
  scrollTo({ left: place[0], top: place[1], behavior: 'instant' });
  show('Live.');
  const now = main.querySelector('h1')?.textContent ?? '';
  if (now !== heading) announced.textContent = now;
}

const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex]';

/** Elements by what they are and say, and the number among those that are alike: so they are found again. */
function named(selector, root) {
  const counts = new Map();
  return [...root.querySelectorAll(selector)].map((element) => {
    const words = element.querySelector(':scope > summary') ?? element;
    const says = element.id || element.getAttribute('href') || element.name || (element.matches('.scroll') ? '' : words.textContent.trim());
    const name = element.tagName + ' ' + says;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return [name + ' ' + counts.get(name), element];
  });
}

function label() {
  button.textContent = isOff() ? 'Update this page by itself' : 'Stop updating by itself';
  if (isOff()) show('');
}

button.addEventListener('click', () => {
  setOff(!isOff());
  label();
  if (isOff()) disconnect();
  else {
    connect();
    want();
  }
});
for (const kind of ['pointerdown', 'keydown', 'input']) addEventListener(kind, () => (actedAt = performance.now()), { capture: true, passive: true });
document.addEventListener('visibilitychange', () => (document.hidden ? disconnect() : connect()));
addEventListener('pagehide', disconnect);
// Gone back to: the page is as it was when it was left.
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return;
  connect();
  want();
});
label();
box.hidden = false;
connect();
`;

/** Names its content, so that browsers may keep it for good. */
export const LIVE_SCRIPT_PATH = `/assets/live.${createHash('sha256').update(LIVE_SCRIPT).digest('hex').slice(0, 12)}.js`;
