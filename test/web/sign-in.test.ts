import { afterEach, describe, expect, it } from 'vitest';
import { TokenCreateAnswer } from '../../src/engine/token-answers.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { WRONG_PER_ADDRESS_MAX } from '../../src/web/try-limit.ts';
import { API_PASSWORD, createWebBench, NOW, type WebBench, type WebOptions } from './bench.ts';

/** Browsers: cookies, other people's pages, and who guesses. */

let bench: WebBench;
afterEach(() => bench.close());

const open = async (options: WebOptions = {}) => {
  bench = await createWebBench(options);
};
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' };
const JSON_TYPE = { 'Content-Type': 'application/json' };

const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}, address?: string) =>
  bench.ask(path, { method: 'POST', body: new URLSearchParams(fields).toString(), headers: { ...FORM, ...headers } }, address);
const signIn = (secret: string, headers: Record<string, string> = {}, address?: string) => form('/sign-in', { secret }, headers, address);
const cookieOf = (answer: Response) => String(answer.headers.get('set-cookie')).split(';')[0] ?? '';
async function token(role: 'read' | 'operate'): Promise<string> {
  const made = await bench.api('/tokens', { method: 'POST', body: JSON.stringify({ name: `a ${role}`, role }) }, JSON_TYPE);
  return TokenCreateAnswer.parse(await made.json()).token;
}
/** Signs in, and reads the secret of the session from its page. */
async function session(secret = API_PASSWORD): Promise<{ cookie: string; csrf: string }> {
  const cookie = cookieOf(await signIn(secret));
  const text = await (await bench.ask('/sign-in', { headers: { Cookie: cookie } })).text();
  return { cookie, csrf: /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? '' };
}
const pause = (headers: Record<string, string>) =>
  bench.ask('/api/v1/pause', { method: 'POST', body: '{}', headers: { ...JSON_TYPE, ...headers } });
const status = async (cookie: string) => (await bench.ask('/api/v1/status', { headers: { Cookie: cookie } })).status;

describe('signing in', () => {
  it('shows a form that needs no script, and takes the password for a cookie that scripts and other sites don’t get', async () => {
    await open();
    const page = await bench.ask('/sign-in');
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([200, expect.stringContaining("default-src 'none'")]);
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(await page.text()).toMatch(/<form method="post" action="\/sign-in">[\s\S]*type="password"/);
    const answer = await signIn(API_PASSWORD);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    expect(answer.headers.get('set-cookie')).toMatch(/^ratchet_session=[0-9a-f]{64}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
    const { cookie, csrf } = await session();
    expect([await status(cookie), csrf]).toEqual([200, expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(await status('')).toBe(401);
  });

  it('goes on to the page that was asked for, once the password is right', async () => {
    await open();
    const led = (await bench.ask('/devices?reason=overdue&sort=age')).headers.get('location') ?? '';
    const page = await (await bench.ask(led)).text();
    const to = /name="to" value="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(to).toBe('/devices?reason=overdue&sort=age');
    const refused = await form('/sign-in', { secret: 'wrong', to });
    expect(await refused.text()).toContain('name="to"');
    const answer = await form('/sign-in', { secret: API_PASSWORD, to });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, to]);
    const again = await bench.ask(led, { headers: { Cookie: cookieOf(answer) } });
    expect([again.status, again.headers.get('location')]).toEqual([303, to]);
  });

  it.each(['https://evil.example/', '//evil.example/', '/\\evil.example/', '/.//evil.example/', `/${'x'.repeat(3_000)}`])(
    'goes on to no other site: %s',
    async (to) => {
      await open();
      expect((await form('/sign-in', { secret: API_PASSWORD, to })).headers.get('location')).toBe('/');
      const { cookie } = await session();
      const led = await bench.ask(`/sign-in?${new URLSearchParams({ to })}`, { headers: { Cookie: cookie } });
      expect(led.headers.get('location')).toBe('/');
    },
  );

  it('has a page that was linked to from another site asked for by itself, because only then the cookie comes along', async () => {
    await open();
    const linked = await bench.ask('/devices?q=x', { headers: { 'Sec-Fetch-Site': 'cross-site' } });
    expect([linked.status, linked.headers.get('refresh')]).toEqual([200, '0; url=/devices?q=x']);
    expect(await linked.text()).toContain('the page opens in a moment');
    const own = await bench.ask('/devices?q=x', { headers: { 'Sec-Fetch-Site': 'same-origin' } });
    expect([own.status, own.headers.get('refresh')]).toEqual([303, null]);
  });

  it('gives another session each time, and ends the one before', async () => {
    await open();
    const first = cookieOf(await signIn(API_PASSWORD));
    const second = cookieOf(await signIn(API_PASSWORD, { Cookie: first }));
    expect(second).not.toBe(first);
    expect([await status(first), await status(second)]).toEqual([401, 200]);
  });

  it('sends the cookie over https alone where a trusted proxy says so, and believes nobody else', async () => {
    await open({ api: { password: API_PASSWORD, open: false, trustProxy: true } });
    const answer = await signIn(API_PASSWORD, { 'X-Forwarded-Proto': 'https' });
    expect(answer.headers.get('set-cookie')).toMatch(/^__Host-ratchet_session=.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    const headers = { Cookie: cookieOf(answer), 'X-Forwarded-Proto': 'https' };
    expect((await bench.ask('/api/v1/status', { headers })).status).toBe(200);
    await bench.close();
    await open();
    expect((await signIn(API_PASSWORD, { 'X-Forwarded-Proto': 'https' })).headers.get('set-cookie')).not.toContain('Secure');
  });

  it.each([
    ['another password', 'x'],
    ['nothing', ''],
    ['a token nobody made', `ratchet_00000000_${'0'.repeat(64)}`],
  ])('is refused with %s, in words', async (_what, secret) => {
    await open();
    const answer = await signIn(secret);
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null]);
    expect(await answer.text()).toMatch(/role="alert">Wrong/);
  });

  it.each([
    ['JSON', { 'Content-Type': 'application/json' }],
    ['text', { 'Content-Type': 'text/plain' }],
  ])('is refused as %s', async (_what, headers) => {
    await open();
    expect((await signIn(API_PASSWORD, headers)).status).toBe(401);
  });

  it('is refused in a form too large, unread', async () => {
    await open();
    expect((await form('/sign-in', { secret: API_PASSWORD, more: 'x'.repeat(5_000) })).status).toBe(401);
  });

  it('is off with the API, and not needed in the demo', async () => {
    await open({ api: { password: undefined, open: false } });
    expect([(await bench.ask('/sign-in')).status, (await signIn('')).status, (await signIn('undefined')).status]).toEqual([403, 403, 403]);
    await bench.close();
    await open({ api: { password: undefined, open: true } });
    expect(await (await bench.ask('/sign-in')).text()).toContain('nobody needs to sign in');
    expect((await bench.ask('/nothing')).status).toBe(404);
  });
});

describe('a session', () => {
  it('of the password may act, but not make tokens', async () => {
    await open();
    const { cookie, csrf } = await session();
    const headers = { Cookie: cookie, 'X-CSRF-Token': csrf, 'Sec-Fetch-Site': 'same-origin' };
    expect((await pause(headers)).status).toBe(200);
    expect((await bench.store.listAudit(1))[0]).toMatchObject({ by: 'browser', act: 'pause' });
    expect((await bench.ask('/api/v1/tokens', { headers })).status).toBe(403);
  });

  it('of a token has its role, its name, and ends with it', async () => {
    await open();
    const reader = await session(await token('read'));
    const operator = await session(await token('operate'));
    const headersOf = ({ cookie, csrf }: typeof reader) => ({ Cookie: cookie, 'X-CSRF-Token': csrf, 'Sec-Fetch-Site': 'same-origin' });
    expect([(await pause(headersOf(reader))).status, (await pause(headersOf(operator))).status]).toEqual([403, 200]);
    expect((await bench.store.listAudit(1))[0]).toMatchObject({ by: 'token:a operate' });
    await bench.api('/tokens/revoke', { method: 'POST', body: '{"token":"a operate"}' }, JSON_TYPE);
    expect([await status(reader.cookie), await status(operator.cookie)]).toEqual([200, 401]);
  });

  it.each<[string, (csrf: string) => Record<string, string>]>([
    ['without its secret', () => ({ 'Sec-Fetch-Site': 'same-origin' })],
    ['with another secret', (csrf) => ({ 'Sec-Fetch-Site': 'same-origin', 'X-CSRF-Token': csrf.replace(/.$/, 'x') })],
    ['from another site', (csrf) => ({ 'Sec-Fetch-Site': 'cross-site', 'X-CSRF-Token': csrf })],
    ['from a neighbour of the same site', (csrf) => ({ 'Sec-Fetch-Site': 'same-site', 'X-CSRF-Token': csrf })],
    ['from another origin, where only that is told', (csrf) => ({ Origin: 'http://evil.example', 'X-CSRF-Token': csrf })],
    ['from an origin that hides', (csrf) => ({ Origin: 'null', 'X-CSRF-Token': csrf })],
    ['from another port', (csrf) => ({ Host: 'ratchet:9006', Origin: 'http://ratchet:8000', 'X-CSRF-Token': csrf })],
    ['from nobody that tells', (csrf) => ({ 'X-CSRF-Token': csrf })],
  ])('does nothing %s: 403', async (_what, headersOf) => {
    await open();
    const { cookie, csrf } = await session();
    const before = await bench.store.listAudit(10);
    const answer = await pause({ Cookie: cookie, ...headersOf(csrf) });
    expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([
      403,
      expect.stringContaining('Nothing was changed'),
    ]);
    expect(await bench.store.listAudit(10)).toEqual(before);
  });

  it('acts from its own page where only the origin is told', async () => {
    await open();
    const { cookie, csrf } = await session();
    expect((await pause({ Cookie: cookie, Host: 'ratchet:9006', Origin: 'http://ratchet:9006', 'X-CSRF-Token': csrf })).status).toBe(200);
  });

  it('ends after 12 hours without use, a week in all, by signing out, and by a restart', async () => {
    await open();
    const { cookie } = await session();
    for (let hours = 11; hours < 7 * 24; hours += 11) {
      bench.setNow(NOW + hours * HOUR_MS);
      expect(await status(cookie)).toBe(200);
    }
    bench.setNow(NOW + 7 * DAY_MS);
    expect(await status(cookie)).toBe(401);
    const idle = await session();
    bench.setNow(NOW + 7 * DAY_MS + 12 * HOUR_MS);
    expect(await status(idle.cookie)).toBe(401);

    const third = await session();
    expect((await form('/sign-out', { csrf: 'x' }, { Cookie: third.cookie })).status).toBe(403);
    expect((await form('/sign-out', { csrf: third.csrf }, { Cookie: third.cookie, 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect(await status(third.cookie)).toBe(200);
    const out = await form('/sign-out', { csrf: third.csrf }, { Cookie: third.cookie });
    expect([out.status, out.headers.get('set-cookie'), await status(third.cookie)]).toEqual([
      303,
      expect.stringMatching(/^ratchet_session=; Max-Age=0/),
      401,
    ]);

    const { cookie: last } = await session();
    const { store } = bench;
    await bench.ratchet.stop();
    bench = await createWebBench({ openStore: () => store, life: 1 });
    expect(await status(last)).toBe(401);
  });

  it('is not found by what is no cookie of ours', async () => {
    await open();
    const { cookie } = await session();
    const forged = [cookie.replace(/.$/, 'x'), 'ratchet_session=', `__Host-${cookie}`, cookie.replace('ratchet_session', 'session')];
    for (const each of forged) expect([each, await status(each)]).toEqual([each, 401]);
  });
});

describe('a page of another site', () => {
  it.each(['cross-site', 'same-site'])('can’t use a Basic password that a browser remembers: %s', async (site) => {
    await open();
    const init = { method: 'POST', body: '{}' };
    expect((await bench.api('/pause', init, { ...JSON_TYPE, 'Sec-Fetch-Site': site })).status).toBe(403);
    expect((await bench.api('/pause', init, { ...JSON_TYPE, Origin: 'https://evil.example' })).status).toBe(403);
    expect((await bench.api('/pause', init, JSON_TYPE)).status).toBe(200);
  });

  it('acts in no demo either', async () => {
    await open({ api: { password: undefined, open: true } });
    expect((await bench.api('/stop', { method: 'POST', body: '{}' }, { ...JSON_TYPE, Origin: 'https://evil.example' })).status).toBe(403);
  });

  it('signs nobody in', async () => {
    await open();
    const answer = await signIn(API_PASSWORD, { 'Sec-Fetch-Site': 'cross-site' });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null]);
  });

  it('does not make a browser ask for the password', async () => {
    await open();
    const answer = await bench.ask('/api/v1/status', { headers: { 'Sec-Fetch-Mode': 'cors' } });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="ratchet"']);
  });
});

describe('who guesses passwords', () => {
  const guess = (address: string, how: 'form' | 'api', password = 'guess') =>
    how === 'form'
      ? signIn(password, {}, address)
      : bench.ask(
          '/api/v1/status',
          { headers: { Authorization: `Basic ${Buffer.from(`ratchet:${password}`).toString('base64')}` } },
          address,
        );

  it.each(['form', 'api'] as const)('waits after some, by the %s, also with the right one; others don’t', async (how) => {
    await open();
    for (let index = 0; index < WRONG_PER_ADDRESS_MAX; index += 1) expect((await guess('10.0.0.1', how)).status).toBe(401);
    const limited = await guess('10.0.0.1', how, API_PASSWORD);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '900']);
    expect(await limited.text()).toContain('Too many wrong passwords; again from 2026-11-20T12:15:00Z.');
    expect((await guess('10.0.0.1', how === 'form' ? 'api' : 'form', API_PASSWORD)).status).toBe(429);
    expect((await guess('10.0.0.2', how, API_PASSWORD)).status).toBe(how === 'form' ? 303 : 200);
    bench.setNow(NOW + 900_000);
    expect((await guess('10.0.0.1', how, API_PASSWORD)).status).toBe(how === 'form' ? 303 : 200);
  });

  it('can’t hide behind a header, unless a proxy is trusted: then that is asked', async () => {
    await open();
    const by = (forwarded: string) => signIn('guess', { 'X-Forwarded-For': forwarded }, '10.0.0.1');
    for (let index = 0; index < WRONG_PER_ADDRESS_MAX; index += 1) await by(`192.0.2.${index}`);
    expect((await by('192.0.2.200')).status).toBe(429);
    await bench.close();
    await open({ api: { password: API_PASSWORD, open: false, trustProxy: true } });
    for (let index = 0; index < WRONG_PER_ADDRESS_MAX; index += 1) await by(`192.0.2.${index}, 198.51.100.1`);
    expect([(await by('198.51.100.1')).status, (await by('198.51.100.1, 198.51.100.2')).status]).toEqual([429, 401]);
  });

  it('does not keep out who has a token', async () => {
    await open();
    const right = await token('read');
    for (let index = 0; index < WRONG_PER_ADDRESS_MAX; index += 1) await guess('10.0.0.1', 'api');
    expect((await bench.ask('/api/v1/status', { headers: { Authorization: `Bearer ${right}` } }, '10.0.0.1')).status).toBe(200);
  });
});
