import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { REASONS, type ReasonName } from '../../src/reasons/reasons.ts';
import { axeFindings, enter, keyboardFindings, noteComplaints, skipLinkFindings, tabTo, widthFindings } from './checks.ts';
import { CHROMIUM, describeInChromium, NO_CHROMIUM, show, VARIANTS } from './chromium.ts';
import { PAGES } from './pages.ts';
import { beginVisit, type Visit } from './visit.ts';

if (CHROMIUM === undefined) process.stderr.write(`The browser tests are skipped: ${NO_CHROMIUM}.\n`);

describeInChromium('pages, in a browser', () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await beginVisit();
  }, 300_000);
  afterAll(() => visit?.close());
  afterEach(async () => {
    for (const context of visit.browser.contexts()) for (const page of context.pages()) await page.close();
  });

  it.each(PAGES)('$name: complete, without a complaint of the browser or of axe, as wide as its window', async (row) => {
    const page = await visit.newPage(row);
    const complaints = noteComplaints(page, row.status);
    expect(await visit.open(page, row)).toBe(row.status ?? 200);
    expect(await page.locator('h1').textContent()).toMatch(row.heading);
    for (const variant of VARIANTS) {
      await show(page, variant);
      // The dark page is the light one in other colours.
      const axe = await axeFindings(page, variant.scheme === 'dark' ? ['color-contrast'] : undefined);
      expect({ ...variant, tooWide: await widthFindings(page), axe }).toEqual({
        ...variant,
        tooWide: [],
        axe: [],
      });
    }
    expect(complaints).toEqual([]);
  });

  it.each(PAGES)('$name: by keyboard alone', async (row) => {
    for (const variant of VARIANTS.filter(({ scheme }) => scheme === 'light')) {
      const page = await visit.newPage(row);
      await show(page, variant);
      await visit.open(page, row);
      expect({ ...variant, keyboard: await keyboardFindings(page) }).toEqual({ ...variant, keyboard: [] });
    }
  });

  // The bar is the same on all of them.
  it.each(PAGES.filter(({ name }) => ['fleet', 'devices', 'device-prepared', 'system', 'reference'].includes(name)))(
    '$name: the first key leads past the bar',
    async (row) => {
      const page = await visit.newPage(row);
      await visit.open(page, row);
      expect(await skipLinkFindings(page)).toEqual([]);
    },
  );

  it('from the fleet to the reason of one device in two clicks', async () => {
    const page = await visit.newPage();
    await page.goto(`${visit.sites.fleet.url}/`);
    const link = page.locator('.reasons a').first();
    const reason = (await link.textContent()) as ReasonName;
    await link.click();
    await page.locator('tbody th a').first().click();
    expect(new URL(page.url()).pathname).toMatch(/^\/devices\/[^/]+$/);
    const words = (await page.locator('main').textContent()) ?? '';
    expect(words).toContain(reason);
    expect(words).toContain(REASONS[reason].sentence);
  });

  it('to a device by its serial number, by keyboard alone', async () => {
    const id = await visit.find.device('prepared');
    const why = await visit.sites.fleet.ratchet.show.why(id);
    const serial = why?.device.serial ?? '';
    const page = await visit.newPage();
    await page.goto(`${visit.sites.fleet.url}/`);
    await tabTo(page, 'Find a device');
    await page.keyboard.type(serial);
    await enter(page);
    await tabTo(page, serial);
    await enter(page);
    expect(page.url()).toBe(`${visit.sites.fleet.url}/devices/${id}`);
    expect(await page.locator('h1').textContent()).toBe(serial);
  });
});
