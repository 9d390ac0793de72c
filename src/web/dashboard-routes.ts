import { type Context, Hono } from 'hono';
import { type GivenQuery, readDeviceQuery } from '../engine/show/device-query.ts';
import type { Show } from '../engine/show/show.ts';
import { DeviceQueryError } from '../store/store.ts';
import { API_OFF, type AuthenticateOptions, createAuthenticate } from './authenticate.ts';
import { devicePage } from './pages/device.tsx';
import { type DevicesPageGiven, devicesPage } from './pages/devices.tsx';
import { fleetPage } from './pages/fleet.tsx';
import { page } from './pages/page.ts';
import { noticePage } from './pages/sign-in.tsx';

export interface DashboardOptions extends AuthenticateOptions {
  show: Pick<Show, 'devices' | 'fleet' | 'fleetHistory' | 'policyNames' | 'releases' | 'why'>;
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

  routes.get('/', async (c) => {
    const refused = await refusal(c);
    if (refused) return refused;
    const [fleet, history] = await Promise.all([show.fleet(), show.fleetHistory(HISTORY_DAYS)]);
    return page(c, fleetPage({ fleet, history, releases: show.releases(), origin: new URL(c.req.url).origin }));
  });

  routes.get('/devices', async (c) => {
    const refused = await refusal(c);
    if (refused) return refused;
    const asked = askedIn(c);
    return page(c, devicesPage({ asked, ...(await answerTo(asked)), policies: show.policyNames(), now: now() }));
  });

  routes.get('/devices/:id', async (c) => {
    const refused = await refusal(c);
    if (refused) return refused;
    const id = c.req.param('id');
    const why = await show.why(id);
    return why === undefined
      ? page(c, noticePage(`No device has the id or serial number “${id.slice(0, 100)}”.`, '/devices'), 404)
      : page(c, devicePage(why, now()));
  });

  async function answerTo(asked: GivenQuery): Promise<Pick<DevicesPageGiven, 'answer' | 'problem'>> {
    const read = readDeviceQuery(asked);
    if ('problem' in read) return { answer: undefined, problem: read.problem };
    try {
      return { answer: await show.devices(read.query) };
    } catch (error) {
      if (error instanceof DeviceQueryError) return { answer: undefined, problem: error.message };
      throw error;
    }
  }

  return routes;
}

/** A form sends every field; those left empty are not asked for. Of a doubled one the last counts. */
function askedIn(c: Context): Record<string, string> {
  const given = Object.entries(c.req.queries()).map(([name, values]) => [name, values.at(-1) ?? ''] as const);
  return Object.fromEntries(given.filter(([, value]) => value.trim() !== ''));
}
