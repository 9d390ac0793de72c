import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FORM_ACTS } from '../../src/web/acts/all.ts';
import { createFlashes, FLASH_MS } from '../../src/web/flashes.ts';
import { pathOfOurs, typedIn, valuesFor } from '../../src/web/form-fields.ts';
import { createWebBench, NOW, type WebBench } from './bench.ts';
import { browse, byPassword, byToken, fieldsOf } from './forms.ts';
import { OPERATIONS } from './requests.ts';

/** Acts by forms of pages, as a browser without scripts sends them. */

let bench: WebBench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

const open = async (options: Parameters<typeof createWebBench>[0] = {}) => {
  bench = await createWebBench(options);
  return bench;
};
const lastAct = async () => (await bench?.store.listAudit(1))?.[0];
const state = () => bench?.ratchet.standing.control.state;
const DEMO = { api: { password: undefined, open: true } };
const YES = { confirmed: 'yes' };

describe('a form', () => {
  it('asks first what touches many, does it on a yes, and says so once on the page it came from', async () => {
    const browser = await byPassword(await open());
    const asked = await browser.post('/acts/stop', { csrf: browser.csrf, back: '/devices?sort=date&order=desc', note: 'bad <release>' });
    const question = await asked.text();
    expect([asked.status, state()]).toEqual([200, 'running']);
    expect(question).toContain('<h1>Stop everything?</h1>');
    expect(question).toContain('Every date and command that has not started is taken back');
    expect(question).toContain('<a class="button" href="/devices?sort=date&amp;order=desc">');
    expect(question).not.toContain('<release>');

    const done = await browser.post('/acts/stop', fieldsOf(question));
    expect([done.status, done.headers.get('location'), state()]).toEqual([303, '/devices?sort=date&order=desc', 'stopped']);
    expect(await lastAct()).toMatchObject({ by: 'browser', act: 'stop', detail: { note: 'bad <release>' } });
    const page = await browser.read('/devices?sort=date&order=desc');
    expect(page).toMatch(/<p class="notice tone-current" role="status">Stopped\. Taken back from 0 devices/);
    expect(await browser.read('/devices')).not.toContain('class="notice tone-current" role="status"');
  });

  it('that is refused leads back, says why, and does nothing', async () => {
    const browser = await byPassword(await open());
    const answer = await browser.post('/acts/pause', { csrf: browser.csrf, back: '/devices', policy: 'nobody', ...YES });
    expect([answer.status, answer.headers.get('location'), state()]).toEqual([303, '/devices', 'running']);
    expect(await browser.read('/devices')).toMatch(/role="alert">There is no policy named &quot;nobody&quot;\./);
    const long = await browser.post('/acts/pause', { csrf: browser.csrf, note: 'x'.repeat(2_001), ...YES });
    expect([long.headers.get('location'), state()]).toEqual(['/', 'running']);
    expect(await browser.read('/')).toMatch(/role="alert">note: Too big.*Nothing was changed\./);
  });

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['without the secret of its session', { csrf: '' }, {}],
    ['with another secret', { csrf: 'x'.repeat(64) }, {}],
    ['of another site', {}, { 'Sec-Fetch-Site': 'cross-site' }],
    ['of another port', {}, { 'Sec-Fetch-Site': 'same-site' }],
    ['of nobody who tells', {}, { 'Sec-Fetch-Site': '' }],
  ])('%s is refused: 403', async (_what, fields, headers) => {
    const browser = await byPassword(await open());
    const answer = await browser.post('/acts/pause', { csrf: browser.csrf, ...YES, ...fields }, headers);
    expect([answer.status, await answer.text(), state()]).toEqual([403, expect.stringContaining('Nothing was changed.'), 'running']);
  });

  it('leads who is not signed in to the sign-in', async () => {
    const browser = await browse(await open());
    const answer = await browser.post('/acts/pause', { csrf: 'x', ...YES });
    expect([answer.status, answer.headers.get('location'), state()]).toEqual([303, '/sign-in', 'running']);
  });

  it('is refused to who may only read, and done by who may operate, under the name of the token', async () => {
    const reader = await byToken(await open(), 'read');
    const refused = await reader.post('/acts/pause', { csrf: reader.csrf, ...YES });
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('This needs role operate; you have role read.')]);
    expect(state()).toBe('running');
    const operator = await byToken(bench as WebBench, 'operate');
    expect((await operator.post('/acts/pause', { csrf: operator.csrf, ...YES })).status).toBe(303);
    expect(await lastAct()).toMatchObject({ by: 'token:jane operate', act: 'pause' });
  });

  it('is no way to what no page has a form for', async () => {
    const browser = await byPassword(await open());
    for (const id of ['createToken', 'applyPolicies', 'nothing', '__proto__'])
      expect([id, (await browser.post(`/acts/${id}`, { csrf: browser.csrf, name: 'x', role: 'read', ...YES })).status]).toEqual([id, 404]);
    expect((await browser.get('/acts/stop')).headers.get('location')).toBe('/');
  });

  it('of another type, or too large, is refused', async () => {
    const browser = await byPassword(await open());
    const fields = { csrf: browser.csrf, ...YES };
    expect((await browser.post('/acts/pause', fields, { 'Content-Type': 'text/plain' })).status).toBe(400);
    expect((await browser.post('/acts/pause', { ...fields, more: 'x'.repeat(20_000) })).status).toBe(400);
    expect(state()).toBe('running');
  });

  it('is off with the API', async () => {
    const browser = await browse(await open({ api: { password: undefined, open: false } }));
    expect((await browser.post('/acts/pause', YES)).status).toBe(403);
  });

  it('needs no sign-in in the demo, but a page of ours', async () => {
    const browser = await browse(await open(DEMO));
    const from = (headers: Record<string, string>) => browser.post('/acts/pause', YES, { 'Sec-Fetch-Site': '', ...headers });
    expect((await from({ Origin: 'https://evil.example' })).status).toBe(403);
    expect((await from({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect((await from({})).status).toBe(403);
    expect(state()).toBe('running');
    expect((await browser.post('/acts/pause', YES)).status).toBe(303);
    expect([state(), (await lastAct())?.by]).toEqual(['paused', 'browser']);
    expect(await browser.read('/')).toContain('role="status">Paused.');
  });
});

it('every act of a form is an operation of the API that a token may call', () => {
  for (const { id } of FORM_ACTS) {
    const found = OPERATIONS.find((operation) => operation.id === id);
    expect([id, found?.method, found?.access]).toEqual([id, 'post', 'operate']);
  }
  expect(new Set(FORM_ACTS.map(({ id }) => id)).size).toBe(FORM_ACTS.length);
});

describe('the way back', () => {
  it.each([
    ['/devices/D1?x=1#notes', '/devices/D1?x=1#notes'],
    ['devices', '/devices'],
    [null, '/'],
    ['https://evil.example/', '/'],
    ['//evil.example/', '/'],
    ['/\\evil.example/', '/'],
    ['/\t/evil.example/', '/'],
    ['/.//evil.example/', '/'],
    ['javascript:alert(1)', '/'],
    [`/${'x'.repeat(3_000)}`, '/'],
  ])('%s is %s', (given, path) => {
    expect(pathOfOurs(given)).toBe(path);
  });
});

describe('fields', () => {
  const schema = z.strictObject({
    count: z.number().optional(),
    rings: z.array(z.string()).optional(),
    undo: z.literal(true).optional(),
    note: z.string().optional(),
  });

  it('become what the schema judges, and those left empty or unknown are not there', () => {
    const form = new URLSearchParams('count=5&rings=a&rings=b&undo=true&note=&csrf=x&back=%2F&other=1');
    expect(valuesFor(schema, form)).toEqual({ count: 5, rings: ['a', 'b'], undo: true });
    expect(typedIn(form)).toEqual({ count: '5', rings: 'b', undo: 'true', other: '1' });
  });

  it('that can’t become it stay as they are, for the schema to refuse', () => {
    expect(valuesFor(schema, new URLSearchParams('count=many&undo=yes'))).toEqual({ count: 'many', undo: 'yes' });
  });
});

it('what is to be said is said once, to who holds its name, and not for long', () => {
  let now = NOW;
  let secrets = 0;
  const flashes = createFlashes({ clock: { now: () => now }, ids: { secret: () => `${++secrets}` } });
  const flash = { tone: 'done' as const, text: 'Paused.' };
  const id = flashes.keep(flash);
  expect([flashes.take('other'), flashes.take(undefined), flashes.take(id), flashes.take(id)]).toEqual([
    undefined,
    undefined,
    flash,
    undefined,
  ]);
  const late = flashes.keep(flash);
  now += FLASH_MS;
  expect(flashes.take(late)).toBeUndefined();
  const first = flashes.keep(flash);
  for (let more = 0; more < 1_000; more += 1) flashes.keep(flash);
  expect(flashes.take(first)).toBeUndefined();
});
