import { type Context, Hono } from 'hono';
import { type AskedDevices, type GivenQuery, readDeviceQuery } from '../engine/show/device-query.ts';
import type { Show } from '../engine/show/show.ts';
import { DeviceQueryError } from '../store/store.ts';
import { type DeviceRoutesOptions, deviceRoutes } from './device-routes.ts';
import { devicesCsv } from './devices-csv.ts';
import { download } from './download.ts';
import { type FormRoutesOptions, formRoutes } from './form-routes.ts';
import { type OverviewOptions, overviewRoutes } from './overview-routes.ts';
import { devicesPage } from './pages/devices.tsx';
import { fleetPage } from './pages/fleet.tsx';
import { page } from './pages/page.ts';
import { createViewer } from './viewer.ts';

export interface DashboardOptions extends FormRoutesOptions, Pick<OverviewOptions, 'system' | 'severities'> {
  show: Pick<Show, 'allDevices' | 'devices' | 'fleet' | 'fleetHistory' | 'policyNames' | 'ringNames'> &
    DeviceRoutesOptions['show'] &
    OverviewOptions['show'];
}

const HISTORY_DAYS = 60;

/** The pages for people, and what their forms do. */
export function dashboardRoutes(options: DashboardOptions): Hono {
  const { show, system, severities, now } = options;
  const viewerOf = createViewer(options);
  const routes = new Hono();
  routes.route('/', formRoutes(options));

  const names = () => ({ policies: show.policyNames(), rings: show.ringNames() });

  routes.get('/', async (c) => {
    const viewer = await viewerOf(c);
    if (viewer instanceof Response) return viewer;
    const [fleet, history] = await Promise.all([show.fleet(), show.fleetHistory(HISTORY_DAYS)]);
    return page(c, fleetPage({ fleet, history, origin: new URL(c.req.url).origin, viewer }));
  });

  routes.get('/devices', async (c) => {
    const viewer = await viewerOf(c);
    if (viewer instanceof Response) return viewer;
    const asked = askedIn(c);
    return page(c, devicesPage({ asked, ...(await answerTo(asked, show.devices)), ...names(), now: now(), viewer }));
  });

  routes.get('/devices.csv', async (c) => {
    const viewer = await viewerOf(c);
    if (viewer instanceof Response) return viewer;
    const { cursor: _, limit: __, ...asked } = askedIn(c);
    const { answer, problem } = await answerTo(asked, async (query) =>
      devicesCsv(show.allDevices(query), { now: now(), isForPeople: true }),
    );
    if (answer !== undefined) return download(c, answer);
    return page(c, devicesPage({ asked, answer, problem, ...names(), now: now(), viewer }), 400);
  });

  routes.route('/', deviceRoutes({ show, now, viewerOf }));

  routes.route('/', overviewRoutes({ show, system, severities, now, viewerOf }));
  return routes;
}

/** A form sends every field; those left empty are not asked for. Of a doubled one the last counts. */
function askedIn(c: Context): Record<string, string> {
  const given = Object.entries(c.req.queries()).map(([name, values]) => [name, values.at(-1) ?? ''] as const);
  return Object.fromEntries(given.filter(([, value]) => value.trim() !== ''));
}

/** What `ask` makes of the question, or what is wrong with it. */
async function answerTo<T>(asked: GivenQuery, ask: (query: AskedDevices) => Promise<T>): Promise<{ answer?: T; problem?: string }> {
  const read = readDeviceQuery(asked);
  if ('problem' in read) return { problem: read.problem };
  try {
    return { answer: await ask(read.query) };
  } catch (error) {
    if (error instanceof DeviceQueryError) return { problem: error.message };
    throw error;
  }
}
