import { type Context, Hono } from 'hono';
import { type GivenQuery, readDeviceQuery } from '../engine/show/device-query.ts';
import type { Show } from '../engine/show/show.ts';
import { DeviceQueryError } from '../store/store.ts';
import { type DeviceRoutesOptions, deviceRoutes } from './device-routes.ts';
import { type FormRoutesOptions, formRoutes } from './form-routes.ts';
import { type DevicesPageGiven, devicesPage } from './pages/devices.tsx';
import { fleetPage } from './pages/fleet.tsx';
import { page } from './pages/page.ts';
import { createViewer } from './viewer.ts';

export interface DashboardOptions extends FormRoutesOptions {
  show: Pick<Show, 'devices' | 'fleet' | 'fleetHistory' | 'policyNames' | 'releases'> & DeviceRoutesOptions['show'];
}

const HISTORY_DAYS = 60;

/** The pages for people, and what their forms do. */
export function dashboardRoutes(options: DashboardOptions): Hono {
  const { show, now } = options;
  const viewerOf = createViewer(options);
  const routes = new Hono();
  routes.route('/', formRoutes(options));

  routes.get('/', async (c) => {
    const viewer = await viewerOf(c);
    if (viewer instanceof Response) return viewer;
    const [fleet, history] = await Promise.all([show.fleet(), show.fleetHistory(HISTORY_DAYS)]);
    return page(c, fleetPage({ fleet, history, releases: show.releases(), origin: new URL(c.req.url).origin, viewer }));
  });

  routes.get('/devices', async (c) => {
    const viewer = await viewerOf(c);
    if (viewer instanceof Response) return viewer;
    const asked = askedIn(c);
    return page(c, devicesPage({ asked, ...(await answerTo(asked)), policies: show.policyNames(), now: now(), viewer }));
  });

  routes.route('/', deviceRoutes({ show, now, viewerOf }));

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
