import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { ReasonName } from '../../src/reasons/reasons.ts';
import { launch, newContext } from './chromium.ts';
import { writeLargeFleet } from './large-fleet.ts';
import type { Find, PageRow } from './pages.ts';
import { openSite, PASSWORD, type Site } from './site.ts';

/** A browser before two sites, signed in to both: a large fleet, and one that has just begun. */
export interface Visit {
  browser: Browser;
  sites: Record<NonNullable<PageRow['site']>, Site>;
  find: Find;
  /** A tab with the session of that site, or without one. */
  newPage(row?: Pick<PageRow, 'site' | 'isSignedOut'>): Promise<Page>;
  /** Where that page is. */
  urlOf(row: PageRow): Promise<string>;
  close(): Promise<void>;
}

export const DEVICES = 5_000;

export async function beginVisit(): Promise<Visit> {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-browser-'));
  const file = join(folder, 'ratchet.db');
  const { policies, endedAt } = await writeLargeFleet(file, DEVICES);
  const sites = { fleet: await openSite({ file, policies, now: endedAt }), empty: await openSite() };
  const browser = await launch();
  const contexts = {
    fleet: await signedIn(browser, sites.fleet),
    empty: await signedIn(browser, sites.empty),
    nobody: await newContext(browser),
  };
  const find: Find = { device: (reason) => findDevice(sites.fleet, reason) };
  return {
    browser,
    sites,
    find,
    newPage: ({ site = 'fleet', isSignedOut } = {}) => contexts[isSignedOut ? 'nobody' : site].newPage(),
    urlOf: async ({ path, site = 'fleet' }) => `${sites[site].url}${typeof path === 'string' ? path : await path(find)}`,
    async close() {
      await browser.close();
      for (const site of Object.values(sites)) await site.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function signedIn(browser: Browser, site: Site): Promise<BrowserContext> {
  const context = await newContext(browser);
  const page = await context.newPage();
  await page.goto(`${site.url}/sign-in`);
  await page.fill('#secret', PASSWORD);
  await page.click('button[type=submit]');
  await page.waitForURL(`${site.url}/`);
  await page.close();
  return context;
}

async function findDevice({ ratchet }: Site, reason: ReasonName): Promise<string> {
  const { devices } = await ratchet.show.devices({ reasons: [reason], sort: 'id', isDescending: false, limit: 1 });
  const id = devices[0]?.id;
  if (id === undefined) throw new Error(`no device of the fleet is ${reason}`);
  return id;
}
