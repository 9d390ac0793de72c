import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { listen } from '../../src/runtime/listen.ts';
import { createLive } from '../../src/web/live.ts';
import { LIVE_SCRIPT, LIVE_SCRIPT_PATH } from '../../src/web/pages/live-script.ts';
import { PAGE_HEADERS } from '../../src/web/pages/page.ts';

/** What the script of open pages does, in a real browser over a little server of its own. */

const CHROMIUM = [process.env.RATCHET_CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

interface House {
  url: string;
  /** Something changed; the page shows it from now on. */
  change(): void;
  reads: () => number;
  streams: () => number;
  /** Answers every request with that status. */
  refuse(status: number | undefined): void;
  close(): Promise<void>;
}

async function openHouse(): Promise<House> {
  let revision = 0;
  let reads = 0;
  let refusing: number | undefined;
  const listeners = new Set<() => void>();
  const live = createLive({
    changes: {
      revision: () => `r${revision}`,
      listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    // Events at once, and no heartbeats.
    clock: { now: () => 0, at: (_instant, key, run) => key.endsWith('event') && queueMicrotask(run), cancel: () => undefined },
  });

  function answer(request: Request): Response {
    const { pathname } = new URL(request.url);
    if (refusing !== undefined) return new Response('no', { status: refusing });
    switch (pathname) {
      case '/events':
        return new Response(live.open(), { headers: { 'Content-Type': 'text/event-stream' } });
      case LIVE_SCRIPT_PATH:
        return new Response(LIVE_SCRIPT, { headers: { 'Content-Type': 'text/javascript' } });
      case '/favicon.ico':
        return new Response('', { headers: { 'Content-Type': 'image/png' } });
      default:
        reads += 1;
        return new Response(pageText(revision), { headers: { ...PAGE_HEADERS, 'Content-Type': 'text/html' } });
    }
  }

  const server: Server = await listen({ host: '127.0.0.1', port: 0 }, answer);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    change() {
      revision += 1;
      for (const listener of listeners) listener();
    },
    reads: () => reads,
    streams: () => live.streams,
    refuse(status) {
      refusing = status;
    },
    async close() {
      live.hangUp();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The frame as the layout has it; a row comes in before the others with each revision. */
function pageText(revision: number): string {
  const rows = Array.from(
    { length: revision + 2 },
    (_, index) => `<li><a href="/d${revision + 1 - index}">device ${revision + 1 - index}</a></li>`,
  );
  return `<!doctype html><html lang="en"><head><title>Revision ${revision}</title>
    <script type="module" src="${LIVE_SCRIPT_PATH}"></script></head>
    <body><main id="main"><h1>${revision} of 9</h1><ul>${rows.join('')}</ul>
    <details><summary>As a table</summary>table ${revision}</details><details open><summary>More</summary>more</details>
    <form><label>Find <input name="q" value=""></label><select name="s"><option>any</option><option>one</option></select></form>
    <p id="end">${'long '.repeat(5_000)}</p></main>
    <footer id="live" hidden><button type="button"></button> <span></span> <span role="status"></span></footer></body></html>`;
}

describe.skipIf(CHROMIUM === undefined)(
  'the script of open pages (skipped where there is no Chromium: name one in RATCHET_CHROMIUM)',
  () => {
    let browser: Browser;
    let house: House;
    let page: Page;
    let wrong: string[];

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox'] });
    });
    afterAll(() => browser?.close());
    beforeEach(async () => {
      house = await openHouse();
      page = await browser.newPage();
      wrong = [];
      page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
      page.on('pageerror', (error) => wrong.push(String(error)));
      await page.goto(house.url);
      await page.getByText('Live.').waitFor();
    });
    afterEach(async () => {
      await page.close();
      await house.close();
    });

    const shows = (revision: number) => page.getByRole('heading', { name: `${revision} of 9` }).waitFor();

    it('puts what is new in place, and leaves what is open, scrolled to and in focus', async () => {
      await page.getByText('As a table').click();
      await page.getByText('More', { exact: true }).click();
      await page.getByRole('link', { name: 'device 1' }).focus();
      await page.evaluate('scrollTo(0, 300)');
      house.change();
      await shows(1);
      expect(await page.title()).toBe('Revision 1');
      expect(await page.getByText('table 1').isVisible()).toBe(true);
      expect(await page.locator('details', { hasText: 'More' }).getAttribute('open')).toBeNull();
      // It stands one further down now.
      expect(await page.evaluate('document.activeElement.textContent')).toBe('device 1');
      expect(await page.evaluate('scrollY')).toBe(300);
      expect(await page.getByRole('status').textContent()).toBe('1 of 9');
      house.change();
      await shows(2);
      expect([wrong, house.streams()]).toEqual([[], 1]);
    });

    it('waits while something is typed, chosen or marked', async () => {
      const held = page.getByText('Not updated while something is selected or filled in.');
      const field = page.getByLabel('Find');
      await field.fill('SD1');
      house.change();
      await held.waitFor();
      await field.blur();
      expect([await field.inputValue(), await page.title()]).toEqual(['SD1', 'Revision 0']);
      await field.fill('');
      await field.blur();
      await shows(1);
      await page.locator('select').selectOption('one');
      await page.locator('select').blur();
      house.change();
      await held.waitFor();
      await page.locator('select').selectOption('any');
      await page.locator('select').blur();
      await shows(2);
      await page.evaluate('getSelection().selectAllChildren(document.querySelector("h1"))');
      house.change();
      await held.waitFor();
      await page.evaluate('getSelection().removeAllRanges()');
      await shows(3);
      expect(wrong).toEqual([]);
    });

    it('can be switched off, for good', async () => {
      await page.getByRole('button', { name: 'Stop updating by itself' }).click();
      await vi.waitFor(() => expect(house.streams()).toBe(0));
      house.change();
      await page.reload();
      await shows(1);
      expect(house.streams()).toBe(0);
      house.change();
      await page.getByRole('button', { name: 'Update this page by itself' }).click();
      await shows(2);
      expect([wrong, house.streams()]).toEqual([[], 1]);
    });

    it('rests while the page is not in front, and then shows what came meanwhile', async () => {
      const turn = (hidden: boolean) =>
        page.evaluate(
          `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
        );
      await turn(true);
      await vi.waitFor(() => expect(house.streams()).toBe(0));
      house.change();
      const reads = house.reads();
      await turn(false);
      await shows(1);
      expect([house.reads(), house.streams()]).toEqual([reads + 1, 1]);
    });

    it('leaves the page as it is when it is refused', async () => {
      house.refuse(401);
      house.change();
      // What was asked for could not be read; nothing of it is shown.
      await vi.waitFor(() => expect(wrong.length).toBeGreaterThan(0));
      expect(wrong.every((text) => text.includes('401'))).toBe(true);
      expect(await page.title()).toBe('Revision 0');
      await page.reload();
      house.refuse(undefined);
      await page.goto(house.url);
      await shows(1);
    });
  },
);
