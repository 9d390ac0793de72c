import { afterEach, describe, expect, it } from 'vitest';
import { DEVICE_QUERY_FIELDS } from '../../src/engine/show/device-query.ts';
import { DEVICE_SORTS } from '../../src/store/store.ts';
import { LIVE_SCRIPT_PATH } from '../../src/web/pages/live-script.ts';
import { signInPath } from '../../src/web/sign-in-path.ts';
import { API_PASSWORD, createWebBench, type WebBench } from './bench.ts';
import { RINGED } from './requests.ts';

/** The pages for people, as a browser gets them. */

let bench: WebBench;
afterEach(() => bench.close());

const PATHS = ['/', '/devices', '/devices/D1', '/devices/D1/exchange/1', '/rollouts', '/releases', '/system', '/system/audit'];
const basic = (password: string) => ({ headers: { authorization: `Basic ${Buffer.from(`ratchet:${password}`).toString('base64')}` } });

async function text(path: string, init: RequestInit = basic(API_PASSWORD)): Promise<string> {
  return (await bench.ask(path, init)).text();
}

describe('who may read them', () => {
  it.each(PATHS)('%s leads a browser without a session to the sign-in', async (path) => {
    bench = await createWebBench();
    const answer = await bench.ask(path);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, signInPath(path)]);
  });

  it.each(PATHS)('%s refuses a wrong password', async (path) => {
    bench = await createWebBench();
    expect((await bench.ask(path, basic('wrong'))).status).toBe(401);
  });

  it.each(PATHS)('%s is nothing but a notice while the API is off', async (path) => {
    bench = await createWebBench({ api: { password: undefined, open: false } });
    const answer = await bench.ask(path);
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('The API is off')]);
  });

  it.each(PATHS)('%s is open in the demo, with a policy that lets nothing inline and nothing from elsewhere in', async (path) => {
    bench = await createWebBench({ api: { password: undefined, open: true } });
    await bench.enroll('D1');
    const answer = await bench.ask(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    const page = (await answer.text()).replace(`<script type="module" src="${LIVE_SCRIPT_PATH}"></script>`, '');
    expect(page.startsWith('<!doctype html><html lang="en">')).toBe(true);
    // What the policy would refuse anyway.
    expect(page).not.toMatch(/<script|<style| style="| on[a-z]+="|(src|href|action)="(https?:)?\/\//);
  });
});

describe('the icon of the pages', () => {
  it('is a picture of our own, named by every page', async () => {
    bench = await createWebBench();
    const path = /<link rel="icon" type="image\/svg\+xml" href="([^"]+)"/.exec(await text('/'))?.[1] ?? '';
    const answer = await bench.ask(path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
    expect(await answer.text()).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 64 64">/);
  });
});

describe('the fleet', () => {
  it('says what to do next while there is no device', async () => {
    bench = await createWebBench();
    const page = await text('/');
    expect(page).toContain('No device yet');
    expect(page).toContain('-webhook-url http://');
  });

  it('counts devices, and leads to those of a reason and to one of them in three clicks', async () => {
    bench = await createWebBench();
    await bench.enroll('D1');
    const fleet = await text('/');
    expect(fleet).toContain(' of 1 device is where it should be');
    const reason = /href="(\/devices\?reason=[a-z-]+)"/.exec(fleet)?.[1] ?? '';
    const list = await text(reason);
    expect(list).toContain('SD1');
    const device = /href="(\/devices\/[^"?]+)"/.exec(list)?.[1] ?? '';
    const page = await text(device);
    expect(page).toContain('What was checked, in this order');
    // When it is looked at again is not when it installs.
    expect(page).toMatch(/Next: [^<]+\. Looked at again <time/);
  });
});

describe('devices', () => {
  it('are listed as the address says, and the form shows what was asked', async () => {
    bench = await createWebBench();
    await bench.enroll('D1');
    expect(await text('/devices?platform=iOS&sort=serial')).toContain('1 device</h1>');
    const none = await text('/devices?platform=macOS&tag=%22%3E%3Cscript%3E');
    expect(none).toContain('No device is meant by that');
    expect(none).toContain('<option value="macOS" selected="">');
    expect(none).toContain('<option value="everyone">');
    expect(none).not.toContain('<script>');
    expect(none).toContain('&quot;&gt;&lt;script&gt;');
  });

  it('can be asked for by everything that the API takes, and sorted by every column', async () => {
    bench = await createWebBench(RINGED);
    await bench.enroll('D1');
    const page = await text('/devices?sort=version&order=desc&ring=canary');
    const fields = [...page.matchAll(/ (?:id|name)="(\w+)" name="(\w+)"| name="(\w+)"/g)].map(([, , named, bare]) => named ?? bare);
    for (const { name } of DEVICE_QUERY_FIELDS.filter((field) => field.name !== 'cursor')) expect(fields).toContain(name);
    expect(page).toContain('<details class="more" open="">');
    expect(page).toContain('<option value="canary">');
    const headings = [...page.matchAll(/<th scope="col"([^>]*)><a href="([^"]+)"/g)].map(([, sorted, href]) => `${sorted?.trim()} ${href}`);
    expect(headings).toHaveLength(page.match(/<th scope="col"/g)?.length ?? 0);
    expect(headings.filter((heading) => heading.startsWith('aria-sort'))).toEqual([
      'aria-sort="descending" /devices?ring=canary&amp;sort=version',
    ]);
    const sorts = headings.map((heading) => /sort=(\w+)$/.exec(heading)?.[1]);
    expect([...sorts, 'id'].sort()).toEqual([...DEVICE_SORTS].sort());
  });

  it('keep what was asked for that is no longer there to be chosen', async () => {
    bench = await createWebBench();
    expect(await text('/devices?policy=gone&limit=7')).toMatch(/<option value="gone" selected="">[\s\S]*<option value="7" selected="">/);
  });

  it('of a question nobody understands are none, and it says what was expected', async () => {
    bench = await createWebBench();
    const page = await text('/devices?sort=age');
    expect(page).toContain('sort is &quot;age&quot;; expected one of id,');
  });

  it('that are not there are not found', async () => {
    bench = await createWebBench();
    const answer = await bench.ask('/devices/D9', basic(API_PASSWORD));
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('No device has the id or serial number “D9”')]);
  });
});

describe('what happened to a device', () => {
  it('is told page by page, and leads to what went over the wire', async () => {
    bench = await createWebBench();
    await bench.enroll('D1');
    for (let times = 0; times < 60; times += 1) {
      const body = JSON.stringify({ note: `note ${times}` });
      await bench.api('/devices/D1/recheck', { method: 'POST', body }, { 'Content-Type': 'application/json' });
    }
    const newest = await text('/devices/D1');
    expect([newest.includes('note 59.'), newest.includes('note 9.'), newest.includes('Seen for the first time')]).toEqual([
      true,
      false,
      false,
    ]);
    const older = /href="(\/devices\/D1\?before=\d+)#history">Older/.exec(newest)?.[1] ?? '';
    const oldest = await text(older);
    expect([oldest.includes('note 9.'), oldest.includes('Seen for the first time')]).toEqual([true, true]);
    expect(oldest).toContain('<a href="/devices/D1#history">Newest</a>');
    const exchange = await text(
      /href="(\/devices\/D1\/exchange\/\d+)" aria-label="What went over the wire: OS version/.exec(oldest)?.[1] ?? '',
    );
    expect(exchange).toContain('<h1>What the device said</h1>');
    expect(exchange).toContain('&quot;serialNumber&quot;: &quot;SD1&quot;');
  });

  it('is nothing where it is not kept, or of another device', async () => {
    bench = await createWebBench();
    await bench.enroll('D1');
    await bench.enroll('D2');
    for (const path of ['/devices/D1/exchange/999', '/devices/D2/exchange/1', '/devices/D1/exchange/x', '/devices/D9/exchange/1']) {
      const answer = await bench.ask(path, basic(API_PASSWORD));
      expect([path, answer.status, await answer.text()]).toEqual([path, 404, expect.stringContaining('not kept any more')]);
    }
    expect(await text('/devices/D1?before=nonsense')).toContain('Seen for the first time');
  });
});
