import { STATUS_CODES } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ApiProblem,
  AttemptsAnswer,
  InboxAnswer,
  OperateAnswer,
  PlanAnswer,
  ReleasesActAnswer,
  ReleasesAnswer,
  WhyAnswer,
} from '../../src/engine/answers.ts';
import { sign } from '../../src/hosts/body-signature.ts';
import { StoreError } from '../../src/store/store.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { API_PASSWORD, basic, checkIn, createWebBench, DM_KEY, NOW, type WebBench, type WebOptions } from './bench.ts';

let bench: WebBench;
afterEach(() => bench.close());
const open = async (options?: WebOptions) => {
  bench = await createWebBench(options);
};

const ROUTES: [string, string][] = [
  ['GET', '/plan'],
  ['POST', '/plan'],
  ['POST', '/apply'],
  ['GET', '/why/D1'],
  ['GET', '/inbox'],
  ['GET', '/blackouts'],
  ['GET', '/gate'],
  ['GET', '/status'],
  ['POST', '/pause'],
  ['POST', '/resume'],
  ['POST', '/stop'],
  ['POST', '/enrollments'],
  ['GET', '/releases'],
  ['GET', '/releases/export'],
  ['POST', '/releases/refresh'],
  ['POST', '/releases/import'],
  ['POST', '/releases/accept'],
  ['GET', '/no-such-thing'],
  ['DELETE', '/plan'],
];

const JSON_TYPE = { 'Content-Type': 'application/json' };
const call = (method: string, path: string, headers: Record<string, string | undefined> = {}) =>
  bench.api(path, { method, ...(method === 'POST' ? { body: '{}' } : {}) }, { ...(method === 'POST' ? JSON_TYPE : {}), ...headers });

describe('the API', () => {
  it('is off without a password: 403, and it says how to switch it on', async () => {
    await open({ api: { password: undefined, open: false } });
    for (const [method, path] of ROUTES) {
      for (const headers of [
        {},
        { Authorization: undefined },
        { Authorization: basic('ratchet', '') },
        { Authorization: basic('ratchet', 'undefined') },
      ]) {
        const answer = await call(method, path, headers);
        expect([method, path, answer.status]).toEqual([method, path, 403]);
        expect(((await answer.json()) as { detail: string }).detail).toContain('--api');
      }
    }
  });

  it('of the demo needs no sign-in', async () => {
    await open({ api: { password: undefined, open: true } });
    expect((await call('GET', '/plan', { Authorization: undefined })).status).toBe(200);
  });

  it.each(['/', '/devices', '/api/v1/plan', '/events', '/metrics'])(
    'of the demo answers %s on this machine’s own names alone',
    async (path) => {
      await open({ api: { password: undefined, open: true } });
      const under = async (host: string, init?: RequestInit) => {
        const answer = await bench.ratchet.fetch(new Request(`http://${host}:9006${path}`, init), '127.0.0.1');
        await answer.body?.cancel();
        return answer.status;
      };
      for (const host of ['127.0.0.1', 'localhost', '[::1]']) expect(await under(host)).toBe(200);
      for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example']) expect(await under(host)).toBe(403);
    },
  );

  it('of the demo takes no form under another name that leads here', async () => {
    await open({ api: { password: undefined, open: true } });
    const post = (host: string) =>
      bench.ratchet.fetch(
        new Request(`http://${host}:9006/acts/pause`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' },
          body: 'confirmed=yes',
        }),
        '127.0.0.1',
      );
    expect((await post('evil.example')).status).toBe(403);
    expect(bench.ratchet.standing.control.state).toBe('running');
    await post('127.0.0.1');
    expect(bench.ratchet.standing.control.state).toBe('paused');
  });

  it('answers the shapes the verbs read', async () => {
    await open();
    await bench.enroll('D1');
    PlanAnswer.parse(await (await call('GET', '/plan')).json());
    WhyAnswer.parse(await (await call('GET', '/why/D1')).json());
    WhyAnswer.parse(await (await call('GET', '/why/SD1')).json());
    AttemptsAnswer.parse(await (await call('GET', '/attempts')).json());
    AttemptsAnswer.parse(await (await call('GET', '/attempts?device=SD1&since=90d')).json());
    InboxAnswer.parse(await (await call('GET', '/inbox')).json());
    ReleasesAnswer.parse(await (await call('GET', '/releases')).json());
    ReleasesActAnswer.parse(await (await call('POST', '/releases/refresh')).json());
    expect(await (await call('GET', '/status')).json()).toMatchObject({ schema: 'ratchet.status/1', state: 'running', inbox: 0 });
    for (const verb of ['pause', 'stop', 'resume']) OperateAnswer.parse(await (await call('POST', `/${verb}`)).json());
  });

  it('knows who did what: every act is in the audit log, with its note', async () => {
    await open();
    const act = (path: string, body: object) => bench.api(path, { method: 'POST', body: JSON.stringify(body) }, JSON_TYPE);
    expect(await (await act('/pause', { policy: 'everyone', by: 'jane', note: 'exam week' })).json()).toMatchObject({
      state: 'paused',
      policy: 'everyone',
    });
    await act('/stop', { by: 'jim' });
    await act('/resume', {});
    expect((await bench.store.listAudit(3)).map(({ by, act: name, detail }) => [by, name, detail.note])).toEqual([
      ['api', 'resume', undefined],
      ['jim', 'stop', undefined],
      ['jane', 'pause', 'exam week'],
    ]);
  });

  it.each<[string, string, RequestInit, Record<string, string | undefined>, number]>([
    ['a form of another site', '/stop', { method: 'POST', body: 'a=b' }, { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
    ['text', '/stop', { method: 'POST', body: '{}' }, { 'Content-Type': 'text/plain' }, 415],
    ['no JSON', '/stop', { method: 'POST', body: '{' }, JSON_TYPE, 400],
    ['JSON of another shape', '/stop', { method: 'POST', body: '{"policy":5}' }, JSON_TYPE, 400],
    ['too much', '/stop', { method: 'POST', body: `{"note":"${'x'.repeat(20_000)}"}` }, JSON_TYPE, 413],
    ['a note too long', '/stop', { method: 'POST', body: `{"note":"${'x'.repeat(2_001)}"}` }, JSON_TYPE, 400],
    ['a policy that is not there', '/pause', { method: 'POST', body: '{"policy":"nobody"}' }, JSON_TYPE, 404],
    ['stop for one policy', '/stop', { method: 'POST', body: '{"policy":"everyone"}' }, JSON_TYPE, 404],
    ['another method', '/stop', { method: 'GET' }, {}, 405],
    ['a field that is not there', '/pause', { method: 'POST', body: '{"polcy":"everyone"}' }, JSON_TYPE, 400],
    ['a parameter that is not there', '/attempts?devise=D1', {}, {}, 400],
    ['a parameter given twice', '/attempts?device=D1&device=D2', {}, {}, 400],
    ['a device that is not there', '/why/nobody', {}, {}, 404],
    ['attempts of a device that is not there', '/attempts?device=nobody', {}, {}, 404],
    ['attempts since no duration', '/attempts?since=yesterday', {}, {}, 400],
    ['a doubtful answer that is not there', '/releases/accept', { method: 'POST', body: '{}' }, JSON_TYPE, 404],
    ['to accept by a form', '/releases/accept', { method: 'POST' }, {}, 415],
    ['to refresh by a form', '/releases/refresh', { method: 'POST' }, {}, 415],
    ['what is no bundle', '/releases/import', { method: 'POST', body: '{"bundle":{}}' }, JSON_TYPE, 400],
    ['no bundle at all', '/releases/import', { method: 'POST', body: '{}' }, JSON_TYPE, 400],
    ['a plan of nothing', '/plan', { method: 'POST', body: '{}' }, JSON_TYPE, 400],
    ['a plan for a time that has passed', '/plan', { method: 'POST', body: `{"at":${NOW - 1}}` }, JSON_TYPE, 400],
    ['a plan for a time too far ahead', '/plan', { method: 'POST', body: `{"at":${NOW + 367 * DAY_MS}}` }, JSON_TYPE, 400],
    ['a plan of a wrong file', '/plan', { method: 'POST', body: '{"file":"mode: enfroce"}' }, JSON_TYPE, 400],
    ['to apply a wrong file', '/apply', { method: 'POST', body: '{"file":"mode: enfroce"}' }, JSON_TYPE, 400],
    ['to apply nothing', '/apply', { method: 'POST', body: '{}' }, JSON_TYPE, 400],
    ['to apply by a form', '/apply', { method: 'POST', body: 'file=x' }, {}, 415],
    ['an endpoint that is not there', '/nothing', {}, {}, 404],
  ])('refuses %s in words, and does nothing', async (_name, path, init, headers, status) => {
    await open();
    const answer = await bench.api(path, init, headers);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    const told = ApiProblem.parse(await answer.json());
    expect(told).toMatchObject({ status, title: STATUS_CODES[status], detail: expect.stringMatching(/\.|:/) });
    expect(bench.ratchet.standing.control).toMatchObject({ state: 'running', pausedPolicies: [] });
  });

  it('says of a field that is missing what is expected, and of a request without a body that it wants one', async () => {
    await open();
    const missing = await bench.api('/tokens', { method: 'POST', body: '{"role":"read"}' }, JSON_TYPE);
    expect(ApiProblem.parse(await missing.json()).errors).toEqual([
      { in: 'body', path: 'name', message: 'it is missing; expected string' },
    ]);
    const empty = await bench.api('/pause', { method: 'POST' });
    expect(ApiProblem.parse(await empty.json()).detail).toContain('Expected a JSON object, {} at least');
  });

  it('carries the list of releases from one installation to another', async () => {
    await open();
    const bundle = await (await call('GET', '/releases/export')).json();
    await bench.close();
    await open();
    bench.setNow(NOW + DAY_MS);
    const answer = await bench.api('/releases/import', { method: 'POST', body: JSON.stringify({ bundle, by: 'jane' }) }, JSON_TYPE);
    expect([answer.status, ReleasesActAnswer.parse(await answer.json())]).toMatchObject([
      200,
      { act: 'import', result: 'imported', taken: 'history' },
    ]);
    expect((await bench.store.listAudit(1))[0]).toMatchObject({ by: 'jane', act: 'releases-import' });
    const shown = ReleasesAnswer.parse(await (await call('GET', '/releases')).json());
    expect(shown).toMatchObject({ source: 'apple', checkedAt: NOW, releases: [{ release: 'iOS 26.6.1', models: 1, firstSeenAt: NOW }] });
  });

  it('takes ids as they are, with colons and blanks', async () => {
    await open();
    const id = '0000 8110:Ü';
    await bench.webhook(checkIn('Authenticate', { UDID: id }));
    await bench.settle();
    expect(await (await call('GET', `/why/${encodeURIComponent(id)}`)).json()).toMatchObject({ device: { id } });
  });
});

describe('the main listener', () => {
  const ask = (path: string, init?: RequestInit) => bench.ratchet.fetch(new Request(`http://ratchet:9006${path}`, init));

  it('says how it is, to anybody', async () => {
    await open();
    const answer = await ask('/healthz');
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok', checks: { store: 'ok', loops: 'ok' } }]);
    expect(await (await ask('/version')).json()).toEqual({ version: 'v1.2.3' });
  });

  it('is not well when the store can’t be written: 503', async () => {
    await open();
    bench.store.checkWritable = () => Promise.reject(new StoreError("the database can't be written: disk full"));
    const answer = await ask('/healthz');
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { status: 'failing', checks: { store: expect.stringContaining('disk full'), loops: 'ok' } },
    ]);
  });

  it('is not well when its loops stand still: 503', async () => {
    await open();
    bench.setNow(Date.UTC(2026, 10, 20, 12, 30));
    const answer = await ask('/healthz');
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { status: 'failing', checks: { store: 'ok', loops: 'no sweep for 1800 s' } },
    ]);
  });

  it.each(['/ddm/tokens', '/tokens', '/metrics/', '/api', '/api/v2/plan', '/favicon.ico', '/webhook/', '/.env'])(
    'has nothing at %s',
    async (path) => {
      await open();
      const answer = await ask(path, {
        headers: { Authorization: basic('ratchet', API_PASSWORD), 'X-Hmac-Signature': sign(Buffer.from(''), DM_KEY) },
      });
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({ error: expect.any(String) });
    },
  );

  it('tells nothing of what went wrong inside, and the log does', async () => {
    await open();
    bench.store.listEnrollments = () => Promise.reject(new Error('secret detail'));
    const answer = await bench.api('/plan');
    const text = await answer.text();
    const told = { type: 'about:blank', title: 'Internal Server Error', status: 500, detail: 'Internal error; see the log.' };
    expect([answer.status, answer.headers.get('content-type'), JSON.parse(text)]).toEqual([500, 'application/problem+json', told]);
    expect(bench.errors).toEqual(['request failed; answered 500']);
  });
});
