import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { enter, follow, tabTo, typeIntoFocus } from './checks.ts';
import { describeInChromium, launch, newContext } from './chromium.ts';
import { openSite, PASSWORD, type Site } from './site.ts';

/** In and out of the dashboard with a real browser: its cookie, its forms, its keyboard. */

describeInChromium('signing in, in a browser', () => {
  let browser: Browser;
  let site: Site;
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    [browser, site] = await Promise.all([launch(), openSite()]);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  beforeEach(async () => {
    context = await newContext(browser);
    page = await context.newPage();
  });
  afterEach(() => context?.close());

  const path = () => new URL(page.url()).pathname;
  async function signIn(): Promise<void> {
    await page.goto(`${site.url}/`);
    await typeIntoFocus(page, PASSWORD);
    await enter(page);
  }

  it('is done by keyboard alone: led to the form, refused, let in, out again', async () => {
    await page.goto(`${site.url}/devices`);
    expect(path()).toBe('/sign-in');
    // Nothing is to be looked for: the field has the focus.
    await typeIntoFocus(page, 'a wrong password');
    await enter(page);
    expect(await page.getByRole('alert').textContent()).toBe('Wrong password or token.');
    await typeIntoFocus(page, PASSWORD);
    await enter(page);
    expect([path(), await page.locator('h1').textContent()]).toEqual(['/devices', 'No device is meant by that']);

    await tabTo(page, 'Account');
    await enter(page);
    expect(await page.locator('main').textContent()).toContain('Signed in by the password, with role operate.');
    await tabTo(page, 'Sign out');
    await enter(page);
    expect(path()).toBe('/sign-in');
    await page.goto(`${site.url}/`);
    expect(path()).toBe('/sign-in');
  });

  it('leaves a cookie that no script reads and no other site sends, and that is gone afterwards', async () => {
    await signIn();
    expect(await context.cookies()).toMatchObject([
      { name: 'ratchet_session', httpOnly: true, sameSite: 'Strict', path: '/', value: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.goto(`${site.url}/sign-in`);
    await follow(page, () => page.getByRole('button', { name: 'Sign out' }).click());
    expect(await context.cookies()).toEqual([]);
  });

  it('is not undone by a form of before, nor by one of another site', async () => {
    await signIn();
    await page.goto(`${site.url}/sign-in`);
    await page.evaluate("document.querySelector('[name=csrf]').value = '0'.repeat(64)");
    await follow(page, () => page.getByRole('button', { name: 'Sign out' }).click());
    expect(await page.locator('main').textContent()).toContain('This form is out of date');

    const other = `<form method="post" action="${site.url}/sign-out"><input type="hidden" name="csrf" value=""><button>Win</button></form>`;
    await page.route('http://other.example/', (route) => route.fulfill({ contentType: 'text/html', body: other }));
    await page.goto('http://other.example/');
    await follow(page, () => page.getByRole('button', { name: 'Win' }).click());
    expect(await page.locator('main').textContent()).toContain('This form came from another site.');
    await page.goto(`${site.url}/`);
    expect(path()).toBe('/');
  });
});
