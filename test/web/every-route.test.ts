import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenCreateAnswer } from '../../src/engine/token-answers.ts';
import { sign } from '../../src/hosts/body-signature.ts';
import { nanoMdmWire } from '../../src/hosts/nanomdm/wire.ts';
import { silentLogger } from '../../src/logger.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { LIVE_SCRIPT_PATH } from '../../src/web/pages/live-script.ts';
import { WINDOW_MS } from '../../src/web/try-limit.ts';
import { createWeb, type WebOptions } from '../../src/web/web.ts';
import { API_PASSWORD, basic, createWebBench, DM_KEY, NOW, WEBHOOK_KEY, type WebBench } from './bench.ts';
import { initOf, OPERATIONS, pathOf, RINGED, VALID } from './requests.ts';

/** Each route of both listeners, and whom it lets in: a route without a row is a failure, and so is a row without its route. */

const CALLERS = [
  ...(['nobody', 'metrics token', 'read token', 'operate token', 'password'] as const),
  // A session's cookie, and what its own pages send beside it.
  ...(['cookie', 'session'] as const),
  ...(['webhook', 'webhook password only', 'webhook signature only'] as const),
  ...(['dm', 'dm password only', 'dm signature only'] as const),
] as const;
type Caller = (typeof CALLERS)[number];

const DOORS = {
  /** Whoever reaches the listener: nothing of a device or a setting is told. */
  anyone: [...CALLERS],
  /** Nobody by what requests bring along: the secret is typed into the form. */
  form: [],
  metrics: ['metrics token', 'read token', 'operate token', 'password', 'cookie', 'session'],
  metricsPosted: ['metrics token', 'read token', 'operate token', 'password', 'session'],
  read: ['read token', 'operate token', 'password', 'cookie', 'session'],
  /** The cookie alone is what another site's form would bring. */
  operate: ['operate token', 'password', 'session'],
  password: ['password'],
  /** Forms of our own pages, with the secret that stands in them. */
  page: ['session'],
  /** For who may read, by another method than GET: not by the cookie alone, either. */
  posted: ['read token', 'operate token', 'password', 'session'],
  webhook: ['webhook'],
  /** A token alone: what nano2nano is given as its key. */
  token: ['operate token'],
  dm: ['dm'],
} as const satisfies Record<string, readonly Caller[]>;
type Door = keyof typeof DOORS;

interface Row {
  door: Door;
  /** Where it is asked, when the path of the route is none. */
  path?: string;
  method?: string;
  /** `{csrf}` stands for the secret of the session, where there is one. */
  body?: string;
}

const FORM = 'application/x-www-form-urlencoded';

const MAIN: Readonly<Record<string, Row>> = {
  'POST /webhook': { door: 'webhook' },
  'ALL /webhook': { door: 'anyone', method: 'GET' },
  'PUT /import/checkin': { door: 'token' },
  'ALL /import/checkin': { door: 'anyone', method: 'GET' },
  'GET /healthz': { door: 'anyone' },
  'GET /version': { door: 'anyone' },
  'GET /assets/ratchet.css': { door: 'anyone' },
  'GET /assets/ratchet.svg': { door: 'anyone' },
  'GET /sign-in': { door: 'anyone' },
  'POST /sign-in': { door: 'form', body: 'secret=' },
  'ALL /sign-in': { door: 'anyone', method: 'GET' },
  'POST /sign-out': { door: 'anyone', body: 'csrf=' },
  'ALL /sign-out': { door: 'anyone', method: 'GET' },
  'GET /': { door: 'read' },
  'GET /devices': { door: 'read' },
  'GET /devices/:id': { door: 'read', path: '/devices/D1' },
  'GET /devices/:id/exchange/:number': { door: 'read', path: '/devices/D1/exchange/1' },
  'GET /devices.csv': { door: 'read' },
  'GET /rollouts': { door: 'read' },
  'GET /releases': { door: 'read' },
  'GET /releases/severities': { door: 'read' },
  'GET /system': { door: 'read' },
  'GET /system/audit': { door: 'read' },
  'GET /acts/:act': { door: 'anyone', path: '/acts/pause' },
  'POST /acts/:act': { door: 'page', path: '/acts/nothing', body: 'csrf={csrf}' },
  'GET /events': { door: 'read' },
  [`GET ${LIVE_SCRIPT_PATH}`]: { door: 'anyone' },
  'GET /metrics': { door: 'metrics' },
  'ALL /metrics': { door: 'metricsPosted', method: 'DELETE' },
  // The API: who may what there is spelled out in access.test.ts.
  'ALL /api/v1/*': { door: 'posted', method: 'DELETE', path: '/api/v1/nothing' },
  'GET /api/v1/*': { door: 'read', path: '/api/v1/' },
  ...Object.fromEntries(OPERATIONS.map(({ path }) => [`ALL /api/v1${routeOf(path)}`, { door: 'posted' as const, method: 'DELETE' }])),
  ...Object.fromEntries(
    OPERATIONS.map(({ method, path, access }) => [
      `${method.toUpperCase()} /api/v1${routeOf(path)}`,
      { door: access === 'read' && method !== 'get' ? 'posted' : access },
    ]),
  ),
};

/** The device chooses its path there, so one route judges them all. */
const DDM: Readonly<Record<string, readonly Row[]>> = {
  'ALL /*': [
    { door: 'dm', path: '/ddm/tokens' },
    { door: 'dm', path: '/ddm/declaration-items' },
    { door: 'dm', path: '/ddm/declaration/configuration/ratchet.x' },
    { door: 'dm', path: '/ddm/status', method: 'PUT', body: '{"StatusItems":{}}' },
  ],
};

const PUBLIC: Readonly<Record<string, Row>> = {
  'GET /healthz': { door: 'anyone' },
  'GET /u/owner.css': { door: 'anyone' },
  // The address is all it takes; nobody's credentials open one that is not there.
  'GET /u/:name': { door: 'anyone', path: '/u/nobody' },
};

function routeOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** As the routers have them. Nothing of it is run. */
function routes() {
  const settings = {
    ...{ version: '1.2.3', webhook: { hmacKeys: [], basic: undefined }, api: { password: 'x', open: false } },
    ddm: { basePath: '/ddm/', requestKeys: [], responseKey: undefined },
  };
  const { mainApp, ddmApp, publicApp } = createWeb({
    settings,
    clock: { now: () => NOW },
    log: silentLogger,
    wire: nanoMdmWire,
  } as unknown as WebOptions);
  const namesOf = (app: Pick<typeof mainApp, 'routes'>) => [...new Set(app.routes.map(({ method, path }) => `${method} ${path}`))].sort();
  return { main: namesOf(mainApp), ddm: namesOf(ddmApp), public: namesOf(publicApp) };
}

let bench: WebBench;
beforeEach(async () => {
  bench = await createWebBench({
    ...RINGED,
    webhook: { hmacKeys: [WEBHOOK_KEY], basic: { user: 'nano', password: 'webhook-password' } },
    ddm: { basic: { user: 'dm', password: 'dm-password' } },
  });
  await bench.enroll('D1');
});
afterEach(() => bench.close());

async function newToken(role: 'metrics' | 'read' | 'operate'): Promise<string> {
  const init = { method: 'POST', body: JSON.stringify({ name: `${role} ${Math.random()}`, role }) };
  return TokenCreateAnswer.parse(await (await bench.api('/tokens', init, { 'Content-Type': 'application/json' })).json()).token;
}

async function newSession(): Promise<{ cookie: string; csrf: string }> {
  const headers = { 'Content-Type': FORM, 'Sec-Fetch-Site': 'same-origin' };
  const body = new URLSearchParams({ secret: API_PASSWORD }).toString();
  const cookie = (await bench.ask('/sign-in', { method: 'POST', body, headers })).headers.get('set-cookie')?.split(';')[0] ?? '';
  const text = await (await bench.ask('/sign-in', { headers: { Cookie: cookie } })).text();
  return { cookie, csrf: /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? '' };
}

/** What each of them brings along with that body. */
async function headersOf(caller: Caller, body: string): Promise<Record<string, string>> {
  const signed = (key: string) => ({ 'X-Hmac-Signature': sign(Buffer.from(body), key) });
  const [nano, dm] = [{ Authorization: basic('nano', 'webhook-password') }, { Authorization: basic('dm', 'dm-password') }];
  switch (caller) {
    case 'nobody':
      return {};
    case 'metrics token':
      return { Authorization: `Bearer ${await newToken('metrics')}` };
    case 'read token':
      return { Authorization: `Bearer ${await newToken('read')}` };
    case 'operate token':
      return { Authorization: `Bearer ${await newToken('operate')}` };
    case 'password':
      return { Authorization: basic('ratchet', API_PASSWORD) };
    case 'cookie':
      return { Cookie: (await newSession()).cookie };
    case 'session': {
      const { cookie, csrf } = await newSession();
      return { Cookie: cookie, 'X-CSRF-Token': csrf, 'Sec-Fetch-Site': 'same-origin' };
    }
    case 'webhook':
      return { ...nano, ...signed(WEBHOOK_KEY) };
    case 'webhook password only':
      return nano;
    case 'webhook signature only':
      return signed(WEBHOOK_KEY);
    case 'dm':
      return { ...dm, ...signed(DM_KEY) };
    case 'dm password only':
      return dm;
    case 'dm signature only':
      return signed(DM_KEY);
  }
}

/** Refused for who asks: with a status that says so, or led to the sign-in. */
async function isLetIn(answer: Response, path: string): Promise<boolean> {
  const isLedAway = answer.status === 303 && answer.headers.get('location')?.startsWith('/sign-in') && path !== '/sign-out';
  // A form of before is refused for what it is: whoever has no session may send it.
  const isOldForm = answer.status === 403 && (await answer.clone().text()).includes('This form is out of date');
  return isOldForm || !(isLedAway || answer.status === 401 || answer.status === 403);
}

async function lettingIn(
  fetch: (request: Request) => Response | Promise<Response>,
  method: string,
  path: string,
  init: { body?: string; type: string },
) {
  const letIn: Caller[] = [];
  for (const [index, caller] of CALLERS.entries()) {
    // Who guesses is made to wait; here every request is to be judged.
    bench.setNow(NOW + DAY_MS + index * WINDOW_MS);
    const brought: Record<string, string> = await headersOf(caller, init.body ?? '');
    const given = (init.body ?? '').replace('{csrf}', brought['X-CSRF-Token'] ?? '');
    const headers = { 'X-Enrollment-ID': 'D1', 'X-Enrollment-Type': 'Device', 'Content-Type': init.type, ...brought };
    const url = `http://ratchet:9006${path}`;
    const answer = await fetch(new Request(url, { method, headers, ...(given === '' ? {} : { body: given }) }));
    if (await isLetIn(answer, path)) letIn.push(caller);
  }
  return letIn;
}

it('every route has its row, and every row its route', () => {
  expect(routes()).toEqual({ main: Object.keys(MAIN).sort(), ddm: Object.keys(DDM).sort(), public: Object.keys(PUBLIC).sort() });
});

describe('the listener of the server and of people', () => {
  it.each(Object.entries(MAIN))('%s', async (name, row) => {
    const [routed = '', route = ''] = name.split(' ');
    const operation = OPERATIONS.find(({ method, path }) => name === `${method.toUpperCase()} /api/v1${routeOf(path)}`);
    const valid = operation && VALID[operation.id];
    const given = operation && valid ? initOf(operation, valid)[0].body : undefined;
    const body = row.body ?? (given as string | undefined) ?? (name === 'POST /webhook' ? '{"topic":"x"}' : undefined);
    const type = row.body === undefined ? 'application/json' : FORM;
    const path = row.path ?? pathOf(route, valid ?? { params: { device: 'D1' } });
    const method = row.method ?? routed;
    const letIn = await lettingIn((request) => bench.ratchet.fetch(request), method, path, {
      type,
      ...(body === undefined ? {} : { body }),
    });
    expect(letIn).toEqual(DOORS[row.door]);
  });
});

describe('the listener that everybody may reach', () => {
  it.each(Object.entries(PUBLIC))('%s', async (name, row) => {
    const path = row.path ?? name.split(' ')[1] ?? '';
    const letIn = await lettingIn((request) => bench.ratchet.fetchPublic(request), 'GET', path, { type: 'application/json' });
    expect(letIn).toEqual(DOORS[row.door]);
  });

  it.each(['/', '/webhook', '/devices', '/metrics', '/api/v1/status', '/version', '/ddm/tokens', '/u/'])(
    'has nothing at %s, for nobody',
    async (path) => {
      for (const caller of CALLERS) {
        const answer = await bench.ratchet.fetchPublic(new Request(`http://ratchet:9008${path}`, { headers: await headersOf(caller, '') }));
        expect([caller, answer.status]).toEqual([caller, 404]);
      }
    },
  );
});

describe('the listener of declarative management', () => {
  it.each(Object.entries(DDM).flatMap(([route, rows]) => rows.map((row) => [`${route} as ${row.path}`, row] as const)))(
    '%s',
    async (_name, row) => {
      const init = { type: 'application/json', ...(row.body === undefined ? {} : { body: row.body }) };
      const letIn = await lettingIn((request) => bench.ratchet.fetchDdm(request), row.method ?? 'GET', row.path ?? '', init);
      expect(letIn).toEqual(DOORS[row.door]);
    },
  );

  it.each(['/', '/webhook', '/api/v1/status', '/healthz', '/ddm/', '/ddm/other'])('has nothing at %s, for nobody', async (path) => {
    for (const caller of CALLERS) {
      const answer = await bench.ratchet.fetchDdm(new Request(`http://ratchet:9007${path}`, { headers: await headersOf(caller, '') }));
      expect([caller, answer.status]).toEqual([caller, 404]);
    }
  });
});
