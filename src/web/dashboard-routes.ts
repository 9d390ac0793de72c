import { type Context, Hono } from 'hono';
import { type GivenQuery, readDeviceQuery } from '../engine/show/device-query.ts';
import type { Show } from '../engine/show/show.ts';
import { type DeviceQuery, DeviceQueryError } from '../store/store.ts';
import { API_OFF, type AuthenticateOptions, createAuthenticate } from './authenticate.ts';
import { devicesCsv } from './devices-csv.ts';
import { download } from './download.ts';
import { devicePage } from './pages/device.tsx';
import { devicesPage } from './pages/devices.tsx';
import { fleetPage } from './pages/fleet.tsx';
import { page } from './pages/page.ts';
import { noticePage } from './pages/sign-in.tsx';

export interface DashboardOptions extends AuthenticateOptions {
  show: Pick<Show, 'allDevices' | 'devices' | 'fleet' | 'fleetHistory' | 'policyNames' | 'ringNames' | 'why'>;
}

const HISTORY_DAYS = 60;

/** The pages for people. Whoever may read the API may read them; browsers without a session are led to the sign-in. */
export function dashboardRoutes(options: DashboardOptions): Hono {
  const { password, open, show, now } = options;
  const authenticate = createAuthenticate(options);
  const routes = new Hono();

  /** Undefined: whoever asks may read. */
  async function refusal(c: Context): Promise<Response | undefined> {
    if (!open && password === undefined) return page(c, noticePage(API_OFF), 403);
    const caller = await authenticate(c);
    if (!(caller instanceof Response)) return undefined;
    return c.req.header('authorization') === undefined ? c.redirect('/sign-in', 303) : caller;
  }

  const names = () => ({ policies: show.policyNames(), rings: show.ringNames() });

  routes.get('/', async (c) => {
    const refused = await refusal(c);
    if (refused) return refused;
    const [fleet, history] = await Promise.all([show.fleet(), show.fleetHistory(HISTORY_DAYS)]);
    return page(c, fleetPage({ fleet, history, origin: new URL(c.req.url).origin }));
  });

  routes.get('/devices', async (c) => {
    const refused = await refusal(c);
    if (refused) return refused;
    const asked = askedIn(c);
    return page(c, devicesPage({ asked, ...(await answerTo(asked, show.devices)), ...names(), now: now() }));
  });

  routes.get('/devices.csv', async (c) => {
    const refused = await refusal(c);
    if (refused) return refused;
    const { cursor: _, limit: __, ...asked } = askedIn(c);
    const { answer, problem } = await answerTo(asked, async (query) =>
      devicesCsv(show.allDevices(query), { now: now(), isForPeople: true }),
    );
    if (answer !== undefined) return download(c, answer);
    return page(c, devicesPage({ asked, answer, problem, ...names(), now: now() }), 400);
  });

  routes.get('/devices/:id', async (c) => {
    const refused = await refusal(c);
    if (refused) return refused;
    const id = c.req.param('id');
    const why = await show.why(id);
    return why === undefined
      ? page(c, noticePage(`No device has the id or serial number “${id.slice(0, 100)}”.`), 404)
      : page(c, devicePage(why, now()));
  });

  return routes;
}

/** A form sends every field; those left empty are not asked for. Of a doubled one the last counts. */
function askedIn(c: Context): Record<string, string> {
  const given = Object.entries(c.req.queries()).map(([name, values]) => [name, values.at(-1) ?? ''] as const);
  return Object.fromEntries(given.filter(([, value]) => value.trim() !== ''));
}

/** What `ask` makes of the question, or what is wrong with it. */
async function answerTo<T>(asked: GivenQuery, ask: (query: DeviceQuery) => Promise<T>): Promise<{ answer?: T; problem?: string }> {
  const read = readDeviceQuery(asked);
  if ('problem' in read) return { problem: read.problem };
  try {
    return { answer: await ask(read.query) };
  } catch (error) {
    if (error instanceof DeviceQueryError) return { problem: error.message };
    throw error;
  }
}
