import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { axeFindings, keyboardFindings, noteComplaints, skipLinkFindings, widthFindings } from './checks.ts';
import { describeInChromium, launch, newContext, show, type VARIANTS, type Width } from './chromium.ts';

/** Pages that are wrong on purpose: each check must find what is wrong with them, and nothing in one that is right. */

const ADDRESS = 'http://controls.example/';
const STYLE = 'a:focus, button:focus, input:focus { outline: 3px solid blue; } body { background: white; color: black; }';
const RIGHT = `<a href="#main">To the content</a><nav><a href="/a">A</a></nav>
  <main id="main"><h1>Page</h1><p><a href="/b">B</a></p><form><label for="f">F</label><input id="f"> <button>Go</button></form></main>`;

interface Answer {
  body?: string;
  style?: string;
  headers?: Record<string, string>;
}

function documentOf({ body = RIGHT, style = STYLE }: Answer): string {
  return `<!doctype html><html lang="en"><head><title>Control</title><style>${style}</style></head><body>${body}</body></html>`;
}

describeInChromium('the checks of the browser tests', () => {
  let browser: Browser;
  let context: BrowserContext;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
  afterEach(() => context?.close());

  async function open(answer: Answer, width: Width = 'wide', scheme: (typeof VARIANTS)[number]['scheme'] = 'light') {
    context = await newContext(browser);
    const page = await context.newPage();
    await page.route('**/*', (route) => route.fulfill({ status: 404, body: '' }));
    await page.route(ADDRESS, (route) =>
      route.fulfill({ contentType: 'text/html', body: documentOf(answer), headers: answer.headers ?? {} }),
    );
    await show(page, { width, scheme });
    const complaints = noteComplaints(page);
    await page.goto(ADDRESS);
    return { page, complaints };
  }

  const CHECKS: readonly ((page: Page) => Promise<string[]>)[] = [axeFindings, widthFindings, skipLinkFindings, keyboardFindings];

  it('find nothing in a page that is right', async () => {
    for (const check of CHECKS) {
      const { page, complaints } = await open({});
      expect([check.name, await check(page), complaints]).toEqual([check.name, [], []]);
      await context.close();
    }
  });

  it.each<[string, Answer, RegExp]>([
    ['an error in the console', { body: `${RIGHT}<script>console.error('oh')</script>` }, /error in the console: oh/],
    ['a warning there', { body: `${RIGHT}<script>console.warn('hm')</script>` }, /warning in the console: hm/],
    ['a script that fails', { body: `${RIGHT}<script>null.x</script>` }, /uncaught: .*null/],
    ['what is not there', { body: `${RIGHT}<img src="/gone.png" alt="">` }, /gone\.png answered 404/],
    [
      'a style that the policy refuses',
      { body: `${RIGHT}<p style="color: red">red</p>`, headers: { 'Content-Security-Policy': "default-src 'none'" } },
      /Content Security Policy/,
    ],
    [
      'a script that the policy refuses',
      { body: `${RIGHT}<script>1</script>`, headers: { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'" } },
      /Content Security Policy/,
    ],
    [
      'a picture from elsewhere',
      {
        body: `${RIGHT}<img src="http://elsewhere.example/x.png" alt="">`,
        headers: { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'" },
      },
      /elsewhere\.example/,
    ],
  ])('hear the browser complain of %s', async (_what, answer, complaint) => {
    const { complaints } = await open(answer);
    await expect.poll(() => complaints).toContainEqual(expect.stringMatching(complaint));
  });

  it('notice a request that gets no answer', async () => {
    const { page, complaints } = await open({});
    await page.route('**/cut', (route) => route.abort());
    await page.evaluate('document.body.insertAdjacentHTML(\'beforeend\', \'<img src="/cut" alt="">\')');
    await expect.poll(() => complaints).toContainEqual(expect.stringMatching(/cut failed/));
  });

  it.each<[string, string, RegExp]>([
    ['a field without a label', `${RIGHT}<input>`, /^label \(critical\)/],
    ['a heading that leaves out a level', RIGHT.replace('</h1>', '</h1><h3>Deep</h3>'), /^heading-order \(moderate\)/],
    ['text outside every landmark', `${RIGHT}<p>stray</p>`, /^region \(moderate\)/],
    ['a link without a name', `${RIGHT}<a href="/x"></a>`, /^link-name \(serious\)/],
    ['a picture without words', `${RIGHT}<img src="data:,">`, /^image-alt \(critical\)/],
    ['text that is hardly to be read', `${RIGHT}<p style="color: #999">pale</p>`, /^color-contrast \(serious\)/],
  ])('let axe find %s', async (_what, body, finding) => {
    const { page } = await open({ body });
    expect(await axeFindings(page)).toContainEqual(expect.stringMatching(finding));
  });

  it('look at the dark page as well', async () => {
    const answer = {
      style: `${STYLE} @media (prefers-color-scheme: dark) { p { color: #ddd; } }`,
      body: RIGHT.replace('</main>', '<p>pale</p></main>'),
    };
    const { page } = await open(answer);
    expect(await axeFindings(page)).toEqual([]);
    await show(page, { width: 'wide', scheme: 'dark' });
    expect(await axeFindings(page)).toContainEqual(expect.stringMatching(/^color-contrast/));
  });

  it('look at the narrow page as well', async () => {
    const { page } = await open({ body: `${RIGHT}<p style="width: 500px">wide</p>` });
    expect(await widthFindings(page)).toEqual([]);
    await show(page, { width: 'narrow', scheme: 'light' });
    expect(await widthFindings(page)).toEqual([expect.stringContaining('in 390 px'), 'p “wide”']);
  });

  it.each<[string, Answer, string]>([
    ['a link before its turn', { body: `<a href="/a">A</a><a href="/b" tabindex="1">B</a><a href="/c">C</a>` }, 'out of order'],
    ['a link that Tab passes by', { body: `${RIGHT}<span style="cursor: pointer">open</span>` }, 'span “open” can only be pointed at'],
    ['a button that is none', { body: `${RIGHT}<div role="button">press</div>` }, 'div “press” can only be pointed at'],
    ['a focus nobody sees', { body: RIGHT, style: 'a:focus { outline: none; }' }, 'a “B”: no outline tells that it has the focus'],
    [
      'a link off the page',
      { body: `${RIGHT}<a href="/x" style="position: absolute; left: -9999px">X</a>` },
      'a “X”: it has the focus and is off the page',
    ],
    [
      'a link one pixel large',
      { body: `${RIGHT}<a href="/x" style="position: absolute; width: 1px; height: 1px; overflow: hidden">X</a>` },
      'a “X”: it has the focus and is not to be seen',
    ],
    [
      'a field that keeps the keyboard',
      { body: `${RIGHT}<input aria-label="trap" onkeydown="if (event.key === 'Tab') event.preventDefault()"><a href="/z">Z</a>` },
      'a “Z” is not reached by Tab',
    ],
  ])('miss nothing on the way with Tab: %s', async (_what, answer, finding) => {
    const { page } = await open(answer);
    expect(await keyboardFindings(page)).toContainEqual(expect.stringContaining(finding));
  });

  it.each<[string, string, RegExp]>([
    ['is not there', RIGHT.replace('To the content', 'Home'), /no way past the bar/],
    ['leads nowhere', RIGHT.replace('#main', '#nowhere'), /outside the content/],
  ])('see that the skip link %s', async (_what, body, finding) => {
    const { page } = await open({ body });
    expect(await skipLinkFindings(page)).toEqual([expect.stringMatching(finding)]);
  });
});
