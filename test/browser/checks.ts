import type { Page } from 'playwright-core';
import { AXE } from './chromium.ts';

/** What a page can get wrong in a browser. Each check answers with what it found, in words; the controls show that it can. */

const STOPS_MAX = 200;

/** Notes from now on what the browser complains of: errors, refused scripts and styles, requests that fail or are answered so. */
export function noteComplaints(page: Page, statusOfPage = 200): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    // The browser tells of a 404 here, too; whether it was meant is judged below.
    if (message.text().startsWith('Failed to load resource') && message.text().includes('status of')) return;
    complaints.push(`${message.type()} in the console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('requestfailed', (request) => {
    const { errorText } = request.failure() ?? {};
    // The stream of changes ends when its page is left.
    if (new URL(request.url()).pathname === '/events' && errorText === 'net::ERR_ABORTED') return;
    complaints.push(`${request.url()} failed: ${errorText}`);
  });
  page.on('response', (response) => {
    const isMeant = response.request().isNavigationRequest() && response.status() === statusOfPage;
    if (response.status() >= 400 && !isMeant) complaints.push(`${response.url()} answered ${response.status()}`);
  });
  return complaints;
}

interface Violation {
  id: string;
  impact: string | null;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** What axe finds moderate, serious or critical; `rules`: of these only. */
export async function axeFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(`globalThis.axe ?? (() => {${AXE}\n})()`);
  const violations: Violation[] = await page.evaluate(
    `axe.run(document, { resultTypes: ['violations']${rules === undefined ? '' : `, runOnly: ${JSON.stringify(rules)}`} }).then(({ violations }) => violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => ({ html, failureSummary })) })))`,
  );
  return violations
    .filter(({ impact }) => impact !== 'minor')
    .map(({ id, impact, help, nodes }) => {
      const where = nodes.map(({ html, failureSummary }) => `  ${html.slice(0, 200)}\n    ${failureSummary?.replaceAll('\n', ' ')}`);
      return [`${id} (${impact}): ${help}`, ...where].join('\n');
    });
}

export function widthFindings(page: Page): Promise<string[]> {
  return page.evaluate('inPage.tooWide()');
}

/** Goes through the whole page with Tab: everything that does something is reached, once, in its order, and shows that it is. */
export async function keyboardFindings(page: Page): Promise<string[]> {
  const stops: string[] = await page.evaluate('inPage.stops()');
  const unreached: string[] = await page.evaluate('inPage.pointerOnly()');
  await page.evaluate('inPage.followFocus()');
  const parts: number = await page.evaluate('inPage.partsOfStops()');
  // Once more than there are: behind the last one lies the browser itself.
  for (let pressed = 0; pressed <= stops.length + parts; pressed += 1) await page.keyboard.press('Tab');
  const path: { stop: number; name: string; fault?: string }[] = await page.evaluate('inPage.focusPath()');
  return [
    ...unreached.map((name) => `${name} can only be pointed at`),
    ...path.flatMap(({ name, fault }) => (fault === undefined ? [] : [`${name}: ${fault}`])),
    ...orderFindings(
      stops,
      path.map(({ stop, name }) => (stop < 0 ? name : stop)),
    ),
  ];
}

/** The focus may begin anywhere, at a field that asks for it; from there on it goes round. */
function orderFindings(stops: readonly string[], path: readonly (number | string)[]): string[] {
  const reached = new Set(path);
  const missed = stops.filter((_, index) => !reached.has(index)).map((name) => `${name} is not reached by Tab`);
  const strange = path.flatMap((stop) => (typeof stop === 'string' ? [`Tab leads to ${stop}, which does nothing`] : []));
  const moved = path.flatMap((stop, step) => {
    const before = path[step - 1];
    if (typeof before !== 'number' || typeof stop !== 'number' || stop === (before + 1) % stops.length) return [];
    return [`Tab leads from ${stops[before]} to ${stops[stop]}, out of order`];
  });
  return [...new Set([...missed, ...strange, ...moved])];
}

interface Focused {
  name: string;
  isInMain: boolean;
}

/** Presses Tab until what is called so has the focus, as who sees no pointer does. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let pressed = 0; pressed < STOPS_MAX; pressed += 1) {
    await page.keyboard.press('Tab');
    const focused: Focused = await page.evaluate('inPage.focused()');
    if (focused.name.includes(`“${name}”`)) return;
  }
  throw new Error(`Tab does not reach “${name}” at ${page.url()}`);
}

/** Does what leads to another page, and waits for that: another document, whole. */
export async function follow(page: Page, act: () => Promise<void>): Promise<void> {
  await Promise.all([page.waitForEvent('framenavigated'), act()]);
  await page.waitForLoadState('load');
}

export const enter = (page: Page): Promise<void> => follow(page, () => page.keyboard.press('Enter'));

/** Types into the field that the page gives the focus. A browser under load gives it after the page is loaded: what is typed before is lost. */
export async function typeIntoFocus(page: Page, text: string): Promise<void> {
  await page.waitForFunction('document.activeElement instanceof HTMLInputElement && document.hasFocus()');
  await page.keyboard.type(text);
}

/** The first stop leads past the bar: after it, Tab goes on within the content. */
export async function skipLinkFindings(page: Page): Promise<string[]> {
  await page.keyboard.press('Tab');
  const first: Focused = await page.evaluate('inPage.focused()');
  if (!first.name.includes('To the content')) return [`the first stop is ${first.name}, no way past the bar`];
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const next: Focused = await page.evaluate('inPage.focused()');
  const hasStops = await page.evaluate('inPage.hasStopsInMain()');
  return next.isInMain || !hasStops ? [] : [`behind the skip link Tab leads to ${next.name}, outside the content`];
}
