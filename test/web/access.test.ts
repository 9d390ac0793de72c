import { afterEach, describe, expect, it } from 'vitest';
import { TokenCreateAnswer, type TokenRole, TokensAnswer } from '../../src/engine/token-answers.ts';
import { sign } from '../../src/hosts/body-signature.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { WINDOW_MS } from '../../src/web/try-limit.ts';
import { API_PASSWORD, basic, createWebBench, DM_KEY, NOW, WEBHOOK_KEY, type WebBench, type WebOptions } from './bench.ts';
import { initOf, OPERATIONS, pathOf, RINGED, registeredRoutes, VALID } from './requests.ts';

/** Who may call what: every route that the router has, by every kind of caller. */

let bench: WebBench;
afterEach(() => bench.close());

type Headers = Record<string, string | undefined>;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const OURS = { webhook: { hmacKeys: [WEBHOOK_KEY], basic: { user: 'nano', password: 'webhook-password' } } };
const DM = { ddm: { basic: { user: 'dm', password: 'dm-password' } } };

/** Changes of this list are changes of what a read token may: they are meant to be seen. */
const FOR_READ = [
  ...['showStatus', 'showDevice', 'listAttempts', 'listInbox', 'listBlackouts', 'showLeave', 'showPlan', 'planChange', 'listRollouts'],
  ...[
    'showFleet',
    'showFleetHistory',
    'listDevices',
    'exportDevices',
    'showDeviceHistory',
    'showExchange',
    'showSystem',
    'listJobs',
    'listAudit',
    'countReleaseDevices',
  ],
  ...['listTags', 'listReleases', 'exportReleases', 'listSeverities', 'listAlerts', 'listGate', 'showReference', 'showOpenApi'],
];
const FOR_PASSWORD = ['listTokens', 'createToken', 'revokeToken'];

async function open(options: WebOptions = {}): Promise<void> {
  bench = await createWebBench({ ...RINGED, ...OURS, ...DM, ...options });
  await bench.enroll('D1');
}

const post = (path: string, body: object, headers: Headers = {}) =>
  bench.api(path, { method: 'POST', body: JSON.stringify(body) }, { ...JSON_TYPE, ...headers });
async function newToken(role: TokenRole, name = `${role} token`, more: object = {}): Promise<string> {
  return TokenCreateAnswer.parse(await (await post('/tokens', { name, role, ...more })).json()).token;
}
const bearer = (token: string): Headers => ({ Authorization: `Bearer ${token}` });

/** Every pair of method and path that leads to something registered, and one that does not. */
function everyRequest(): [string, string][] {
  const paths = [...new Set(registeredRoutes().map(([, path]) => path.replace(/\*$/, 'no-such-thing')))];
  return [...paths, '/'].flatMap((path) => METHODS.map((method): [string, string] => [method, pathOf(path, { params: { device: 'D1' } })]));
}

function ask(method: string, path: string, headers: Headers): Promise<Response> {
  const body = ['POST', 'PUT', 'PATCH'].includes(method) ? { body: '{}' } : {};
  return bench.api(path, { method, ...body }, { ...JSON_TYPE, ...headers });
}

describe('the API', () => {
  it.each<[string, () => Promise<Headers>]>([
    ['no credentials', async () => ({ Authorization: undefined })],
    ['another user', async () => ({ Authorization: basic('root', API_PASSWORD) })],
    ['a wrong password', async () => ({ Authorization: basic('ratchet', 'x') })],
    ['no password', async () => ({ Authorization: basic('ratchet', '') })],
    ['the password as a token', async () => bearer(API_PASSWORD)],
    ['a token as the password', async () => ({ Authorization: basic('ratchet', await newToken('operate')) })],
    ['a token nobody made', async () => bearer(`ratchet_00000000_${'0'.repeat(64)}`)],
    [
      'an expired token',
      async () => {
        const token = await newToken('operate', 'old', { expires: '1d' });
        bench.setNow(NOW + DAY_MS);
        return bearer(token);
      },
    ],
    [
      'a revoked token',
      async () => {
        const token = await newToken('operate', 'gone');
        await post('/tokens/revoke', { token: 'gone' });
        return bearer(token);
      },
    ],
    ['the Basic credentials of the webhook', async () => ({ Authorization: basic('nano', 'webhook-password') })],
    ['the Basic credentials of -dm', async () => ({ Authorization: basic('dm', 'dm-password') })],
    ['a signature of the webhook', async () => ({ Authorization: undefined, 'X-Hmac-Signature': sign(Buffer.from('{}'), WEBHOOK_KEY) })],
    ['a signature of -dm', async () => ({ Authorization: undefined, 'X-Hmac-Signature': sign(Buffer.from(''), DM_KEY) })],
  ])('opens no route, existing or not, with %s: 401', async (_name, credentials) => {
    await open();
    const headers = await credentials();
    const before = await bench.store.listAudit(100);
    expect(everyRequest().length).toBeGreaterThan(150);
    for (const [index, [method, path]] of everyRequest().entries()) {
      // Who guesses is made to wait; here every request is to be judged.
      bench.setNow(NOW + DAY_MS + index * WINDOW_MS);
      const answer = await ask(method, path, headers);
      expect([method, path, answer.status, answer.headers.get('content-type')]).toEqual([method, path, 401, 'application/problem+json']);
      expect(answer.headers.get('www-authenticate')).toMatch(/^(Basic|Bearer) realm="ratchet"/);
    }
    expect(await bench.store.listAudit(100)).toEqual(before);
  });

  it('is off without a password, for whatever credentials: 403', async () => {
    await open();
    const token = await newToken('operate');
    const { store } = bench;
    await bench.ratchet.stop();
    bench = await createWebBench({ ...RINGED, openStore: () => store, life: 1, api: { password: undefined, open: false } });
    for (const headers of [{ Authorization: undefined }, { Authorization: basic('ratchet', 'undefined') }, bearer(token)]) {
      for (const [method, path] of everyRequest())
        expect([method, path, (await ask(method, path, headers)).status]).toEqual([method, path, 403]);
    }
  });
});

describe.each(['read', 'operate'] as const)('a token with role %s', (role) => {
  it('gets what its role is for, and 403 for the rest', async () => {
    await open();
    const headers = bearer(await newToken(role));
    for (const operation of OPERATIONS) {
      const [init, type] = initOf(operation, VALID[operation.id] ?? {});
      const { status } = await bench.api(pathOf(operation.path, VALID[operation.id] ?? {}), init, { ...type, ...headers });
      const isAllowed = FOR_READ.includes(operation.id) || (role === 'operate' && !FOR_PASSWORD.includes(operation.id));
      // Refused for what is asked, not for who asks, is allowed here.
      expect([operation.id, status === 403 ? 'denied' : 'allowed']).toEqual([operation.id, isAllowed ? 'allowed' : 'denied']);
      expect(status).toBeLessThan(500);
    }
  });

  it('finds no way around by another method or path', async () => {
    await open();
    const headers = bearer(await newToken(role));
    const known = OPERATIONS.map((each) => `${each.method.toUpperCase()} ${pathOf(each.path, { params: { device: 'D1' } })}`);
    for (const [method, path] of everyRequest()) {
      if (known.includes(`${method === 'HEAD' ? 'GET' : method} ${path}`)) continue;
      expect([method, path, (await ask(method, path, headers)).status]).toEqual([
        method,
        path,
        expect.toSatisfy((is) => [302, 404, 405].includes(is)),
      ]);
    }
  });
});

describe('a token with role metrics', () => {
  it('opens nothing of the API and no page: 403', async () => {
    await open();
    const headers = bearer(await newToken('metrics'));
    for (const [method, path] of everyRequest())
      expect([method, path, (await ask(method, path, headers)).status]).toEqual([method, path, 403]);
    for (const path of ['/', '/devices', '/devices/D1'])
      expect([path, (await bench.ask(path, { headers: { ...headers } as Record<string, string> })).status]).toEqual([path, 403]);
  });

  it('signs nobody in', async () => {
    await open();
    const form = new URLSearchParams({ secret: await newToken('metrics') });
    const answer = await bench.ask('/sign-in', { method: 'POST', body: form, headers: { 'Sec-Fetch-Site': 'same-origin' } });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null]);
    expect(await answer.text()).toContain('A token with role metrics opens /metrics and nothing else');
  });
});

describe('a read token', () => {
  it('changes nothing', async () => {
    await open();
    const headers = bearer(await newToken('read'));
    const state = async () => [
      await bench.store.listAudit(100),
      await bench.store.loadSite(),
      await bench.store.listTags(),
      await bench.store.listRollouts(),
      await bench.store.countInbox(),
      (await bench.store.listTokens()).map(({ lastUsedAt: _, ...token }) => token),
      (await bench.store.listEnrollments('', 10)).map(({ id, decision }) => [id, decision.reason]),
      bench.enqueued.length,
    ];
    const before = await state();
    for (const operation of OPERATIONS) {
      const [init, type] = initOf(operation, VALID[operation.id] ?? {});
      await bench.api(pathOf(operation.path, VALID[operation.id] ?? {}), init, { ...type, ...headers });
    }
    for (const [method, path] of everyRequest()) await ask(method, path, headers);
    await bench.settle();
    expect(await state()).toEqual(before);
  });
});

describe('tokens', () => {
  it('name themselves in the audit log, beside the person they speak for', async () => {
    await open();
    const headers = bearer(await newToken('operate', 'deploy bot', { by: 'jane' }));
    await post('/pause', {}, headers);
    await post('/resume', { by: 'jim' }, headers);
    await post('/stop', { by: 'jane' });
    expect((await bench.store.listAudit(4)).map(({ by, act }) => [by, act])).toEqual([
      ['jane', 'stop'],
      ['jim (token:deploy bot)', 'resume'],
      ['token:deploy bot', 'pause'],
      ['jane', 'token-create'],
    ]);
  });

  it('are made, listed without what opens them, and revoked with effect on the next request', async () => {
    await open();
    const token = await newToken('read', 'grafana', { expires: '90d' });
    expect((await bench.api('/status', {}, bearer(token))).status).toBe(200);
    const listed = await (await bench.api('/tokens')).text();
    expect(TokensAnswer.parse(JSON.parse(listed)).tokens).toMatchObject([
      { name: 'grafana', role: 'read', state: 'live', createdBy: 'api', expiresAt: NOW + 90 * DAY_MS, lastUsedAt: NOW },
    ]);
    expect(listed).not.toContain(token.slice(17));
    expect((await post('/tokens/revoke', { token: 'grafana', by: 'jane' })).status).toBe(200);
    const refused = await bench.api('/status', {}, bearer(token));
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="ratchet", error="invalid_token"']);
    expect(await refused.json()).toMatchObject({ detail: 'The token grafana was revoked at 2026-11-20T12:00:00Z.' });
  });

  it.each<[string, object, number, RegExp]>([
    ['a role that is none', { name: 'a', role: 'admin' }, 400, /role/],
    ['no name', { role: 'read' }, 400, /name/],
    ['an expiry that is none', { name: 'a', role: 'read', expires: 'soon' }, 400, /duration such as 90d/],
    ['an expiry at once', { name: 'a', role: 'read', expires: '0d' }, 409, /expires/],
  ])('are not made with %s', async (_what, body, status, message) => {
    await open();
    const answer = await post('/tokens', body);
    expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([status, expect.stringMatching(message)]);
    expect(await bench.store.listTokens()).toEqual([]);
  });

  it('outlive a restart', async () => {
    await open();
    const token = await newToken('read');
    const { store } = bench;
    await bench.ratchet.stop();
    bench = await createWebBench({ ...RINGED, openStore: () => store, life: 1 });
    expect((await bench.api('/status', {}, bearer(token))).status).toBe(200);
  });
});
