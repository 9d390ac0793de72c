import { afterEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { API_PASSWORD, basic, checkIn, createWebBench, NOW, type WebBench, type WebOptions } from './bench.ts';

/** The listener that everybody may reach, asked as a phone does, and as somebody does who tries addresses. */

const PUBLIC_URL = 'https://updates.example.com/it/';

let bench: WebBench;
afterEach(() => bench.close());

const open = async (options: WebOptions = {}) => {
  bench = await createWebBench({ publicUrl: PUBLIC_URL, ...options });
};
const get = (path: string, init?: RequestInit) =>
  Promise.resolve(bench.ratchet.fetchPublic(new Request(`http://ratchet:9008${path}`, init)));

/** As the device was told it: the DetailsURL of what it is to hold. */
async function pathOf(id: string): Promise<string> {
  const url = (await bench.store.findManifest(id))?.enforcement?.detailsUrl ?? '';
  expect(url.startsWith(`${PUBLIC_URL}u/`)).toBe(true);
  return url.slice(PUBLIC_URL.length - 1);
}

async function answerOf(path: string, init?: RequestInit): Promise<{ status: number; headers: Record<string, string>; text: string }> {
  const answer = await get(path, init);
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
}

describe('the page behind DetailsURL', () => {
  it('says which update, by when, what happens and what to do, without sign-in', async () => {
    await open();
    await bench.enroll('D1');
    const { status, text } = await answerOf(await pathOf('D1'));
    expect(status).toBe(200);
    expect(text.startsWith('<!doctype html><html lang="en">')).toBe(true);
    for (const part of ['iOS 26.6.1', 'By when', 'in 7 days', '(18:00)', 'What you can do now', 'open Settings, then General'])
      expect(text).toContain(part);
  });

  it('has nothing that tells whose it is, or how it is managed', async () => {
    await open();
    await bench.enroll('D1');
    await bench.enroll('D2');
    const { text, headers } = await answerOf(await pathOf('D1'));
    for (const secret of ['SD1', 'D1', 'D2', 'everyone', 'iPhone15,2', 'waiting-for', 'awaiting', 'http:', 'https:'])
      expect(text).not.toContain(secret);
    expect(text).not.toMatch(/<script|<style| style="| on[a-z]+="|<form|<a /);
    expect(headers).toEqual({
      'content-security-policy': "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=UTF-8',
    });
  });

  it('is a click away on the page of the device, for who helps its owner', async () => {
    await open();
    await bench.enroll('D1');
    const headers = { authorization: basic('ratchet', API_PASSWORD) };
    const address = new URL(await pathOf('D1'), 'https://updates.example.com').href.replace('.com/', '.com/it/');
    expect(await (await bench.ask('/devices/D1', { headers })).text()).toContain(`<a href="${address}">What its owner is told</a>`);
    await bench.close();
    bench = await createWebBench();
    await bench.enroll('D1');
    expect(await (await bench.ask('/devices/D1', { headers })).text()).not.toContain('What its owner is told');
  });

  it('has a name that is neither the id nor the serial number nor short, and is another for each device', async () => {
    await open();
    await bench.enroll('D1');
    await bench.enroll('D2');
    const names = await Promise.all(['D1', 'D2'].map(pathOf));
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^\/u\/[A-Za-z0-9_-]{32}$/);
  });

  it('stays at its address when the process starts anew on the same store, and under another publicUrl', async () => {
    await open();
    await bench.enroll('D1');
    const path = await pathOf('D1');
    const first = bench;
    bench = await createWebBench({ publicUrl: 'https://elsewhere.example.com/', life: 1, openStore: () => first.store });
    expect((await answerOf(path)).status).toBe(200);
  });

  it('has its stylesheet beside it', async () => {
    await open();
    await bench.enroll('D1');
    const { text } = await answerOf(await pathOf('D1'));
    const href = /rel="stylesheet" href="([^"]+)"/.exec(text)?.[1] ?? '';
    const style = await answerOf(`/u/${href}`);
    expect([style.status, style.headers['content-type']]).toEqual([200, 'text/css; charset=utf-8']);
  });
});

describe('an address that is none', () => {
  const nothing = async () => answerOf(`/u/${'A'.repeat(32)}`);

  it.each([
    ['never was one', () => '/u/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB'],
    ['is of a device by its id', () => '/u/D1'],
    ['is of a device by its serial number', () => '/u/SD1'],
    ['is too long', () => `/u/${'A'.repeat(4_000)}`],
    ['is not encoded as it should be', () => '/u/%E0%A4%A'],
    ['has nothing', () => '/u/'],
    ['goes up', () => '/u/..%2f..%2fapi%2fv1%2fstatus'],
    ['is of the API', () => '/api/v1/status'],
    ['is of the webhook', () => '/webhook'],
    ['is of the dashboard', () => '/'],
    ['is of declarations', () => '/ddm/tokens'],
  ])('is answered like any other: one that %s', async (_, path) => {
    await open();
    await bench.enroll('D1');
    expect(await answerOf(path())).toEqual(await nothing());
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('is any, by %s', async (method) => {
    await open();
    await bench.enroll('D1');
    expect(await answerOf(await pathOf('D1'), { method })).toEqual(await nothing());
  });

  it('is 404, with the headers of a page and in plain words', async () => {
    await open();
    const { status, headers, text } = await nothing();
    expect([status, headers['cache-control'], headers['x-robots-tag']]).toEqual([404, 'no-store', 'noindex, nofollow']);
    expect(text).toContain('This page does not exist, or no longer');
  });

  it('is that of a device which left', async () => {
    await open();
    await bench.enroll('D1');
    const path = await pathOf('D1');
    await bench.webhook(checkIn('CheckOut', { UDID: 'D1' }));
    await bench.settle();
    expect(await answerOf(path)).toEqual(await nothing());
  });

  it('is that of a device before it enrolled anew: who had it learns nothing of who has it now', async () => {
    await open();
    await bench.enroll('D1');
    const before = await pathOf('D1');
    bench.setNow(NOW + HOUR_MS);
    await bench.enroll('D1');
    const after = await pathOf('D1');
    expect(after).not.toBe(before);
    expect(await answerOf(before)).toEqual(await nothing());
    expect((await answerOf(after)).status).toBe(200);
  });

  it('is that of a device which enrolled anew while there were no pages, before it is decided again', async () => {
    await open();
    await bench.enroll('D1');
    const path = await pathOf('D1');
    const first = bench;
    const { publicUrl: _none, ...without } = { publicUrl: undefined };
    bench = await createWebBench({ ...without, life: 1, openStore: () => first.store });
    bench.setNow(NOW + HOUR_MS);
    await bench.enroll('D1');
    const second = bench;
    bench = await createWebBench({ publicUrl: PUBLIC_URL, life: 2, openStore: () => second.store });
    expect(await bench.store.findByOwnersPage(path.slice(3))).toBe('D1');
    expect(await answerOf(path)).toEqual(await nothing());
  });

  it('is every one while no publicUrl is set', async () => {
    bench = await createWebBench();
    await bench.enroll('D1');
    expect((await bench.store.findManifest('D1'))?.enforcement?.detailsUrl).toBeUndefined();
    expect((await nothing()).status).toBe(404);
    expect((await bench.store.loadSite()).ownersSecret).toBeUndefined();
  });
});

describe('when the store fails', () => {
  it('the page asks for patience, says when, and the log says it once a minute without the address', async () => {
    let isBroken = false;
    await open({
      breakStore(store) {
        const { findByOwnersPage } = store;
        store.findByOwnersPage = (name) => (isBroken ? Promise.reject(new Error('disk I/O error')) : findByOwnersPage(name));
      },
    });
    await bench.enroll('D1');
    const path = await pathOf('D1');
    isBroken = true;
    const answers = [await answerOf(path), await answerOf(path)];
    for (const { status, headers, text } of answers) {
      expect([status, headers['retry-after'], headers['cache-control']]).toEqual([503, '300', 'no-store']);
      expect(text).toContain('This page can’t be shown right now');
      expect(text).not.toContain('disk');
    }
    expect(bench.errors).toEqual(["an owner's page could not be shown; answered 503"]);
    expect((await answerOf('/healthz')).text).toBe('{"status":"ok"}');
    isBroken = false;
    bench.setNow(NOW + DAY_MS);
    expect((await answerOf(path)).status).toBe(200);
  });
});
