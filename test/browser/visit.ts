import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { ReasonName } from '../../src/reasons/reasons.ts';
import { launch, newContext } from './chromium.ts';
import { type LargeFleet, writeLargeFleet } from './large-fleet.ts';
import type { Find, PageRow } from './pages.ts';
import { openSite, PASSWORD, type Site } from './site.ts';

/** A browser before two sites, signed in to both: a large fleet, and one that has just begun. */
export interface Visit {
  browser: Browser;
  sites: Record<'fleet' | 'empty', Site>;
  policies: LargeFleet['policies'];
  find: Find;
  /** A tab with the session of that site, or without one. */
  newPage(row?: Pick<PageRow, 'site' | 'isSignedOut'>): Promise<Page>;
  /** Where that page is, or the form that leads to it. */
  urlOf(row: PageRow): Promise<string>;
  /** Goes there, and makes of it what the row says. Answers with its status. */
  open(page: Page, row: PageRow): Promise<number | undefined>;
  close(): Promise<void>;
}

export const DEVICES = 5_000;

export async function beginVisit(): Promise<Visit> {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-browser-'));
  const file = join(folder, 'ratchet.db');
  const { policies, endedAt, ownersUrl } = await writeLargeFleet(file, DEVICES);
  const sites = { fleet: await openSite({ file, policies, now: endedAt, ownersUrl }), empty: await openSite() };
  const browser = await launch();
  const contexts = {
    fleet: await signedIn(browser, sites.fleet),
    empty: await signedIn(browser, sites.empty),
    owners: await newContext(browser),
    nobody: await newContext(browser),
  };
  const urls = { fleet: sites.fleet.url, empty: sites.empty.url, owners: sites.fleet.publicUrl };
  const find = findIn(sites.fleet, ownersUrl);
  const urlOf = async ({ path, site = 'fleet' }: PageRow) => `${urls[site]}${typeof path === 'string' ? path : await path(find)}`;
  return {
    ...{ browser, sites, policies, find, urlOf },
    newPage: ({ site = 'fleet', isSignedOut } = {}) => contexts[isSignedOut ? 'nobody' : site].newPage(),
    async open(page, row) {
      const answer = await page.goto(await urlOf(row));
      const status = row.act === undefined ? answer?.status() : await send(page, row.act);
      if (row.isUnfolded) await page.evaluate('inPage.unfold()');
      return status;
    },
    async close() {
      await browser.close();
      for (const site of Object.values(sites)) await site.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Presses the button of the first form of that act. */
async function send(page: Page, act: string): Promise<number> {
  await page.evaluate('inPage.unfold()');
  const form = page.locator(`form[action="/acts/${act}"]`).first();
  const answer = page.waitForResponse((response) => response.request().method() === 'POST');
  await form.locator('button[type=submit]').click();
  await page.waitForURL((url) => url.pathname.startsWith('/acts/'));
  return (await answer).status();
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

function findIn({ ratchet, store }: Site, ownersUrl: string): Find {
  const devices = async (reason: ReasonName): Promise<[string, ...string[]]> => {
    const { devices: rows } = await ratchet.show.devices({ reasons: [reason], sort: 'id', isDescending: false, limit: 100 });
    const [first, ...others] = rows.map(({ id }) => id);
    if (first === undefined) throw new Error(`no device of the fleet is ${reason}`);
    return [first, ...others];
  };
  return {
    device: async (reason) => (await devices(reason))[0],
    async exchange(reason) {
      const [id] = await devices(reason);
      const entry = (await store.listHistory(id, undefined, 50)).find(({ exchange }) => exchange !== undefined);
      if (entry === undefined) throw new Error(`no exchange is kept of ${id}`);
      return `/devices/${id}/exchange/${entry.exchange}`;
    },
    async ownersPage(reason) {
      for (const { state } of await store.loadForReconcile(await devices(reason))) {
        const address = state && ratchet.standing.ownersPages?.addressOf(state);
        if (address !== undefined) return address.slice(ownersUrl.length - 1);
      }
      throw new Error(`no device of the fleet that is ${reason} has an owner's page`);
    },
  };
}
