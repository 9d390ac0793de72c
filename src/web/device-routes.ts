import { type Context, Hono } from 'hono';
import type { Show } from '../engine/show/show.ts';
import { devicePage } from './pages/device.tsx';
import { exchangePage } from './pages/exchange.tsx';
import { page } from './pages/page.ts';
import { noticePage } from './pages/sign-in.tsx';
import type { Viewer } from './viewer.types.ts';

export interface DeviceRoutesOptions {
  show: Pick<Show, 'why' | 'history' | 'exchange'>;
  now(): number;
  viewerOf(c: Context): Promise<Viewer | Response>;
}

/** The page of one device, and of what went over the wire. */
export function deviceRoutes({ show, now, viewerOf }: DeviceRoutesOptions): Hono {
  const routes = new Hono();

  routes.get('/devices/:id', async (c) => {
    const viewer = await viewerOf(c);
    if (viewer instanceof Response) return viewer;
    const id = c.req.param('id');
    const before = wholeOf(c.req.query('before'));
    const why = await show.why(id);
    const history = await show.history({ device: id, before });
    if (why === undefined || history === undefined)
      return page(c, noticePage(`No device has the id or serial number “${id.slice(0, 100)}”.`, '/devices'), 404);
    return page(c, devicePage({ why, history, isOlder: before !== undefined, now: now(), viewer }));
  });

  routes.get('/devices/:id/exchange/:number', async (c) => {
    const viewer = await viewerOf(c);
    if (viewer instanceof Response) return viewer;
    const number = wholeOf(c.req.param('number'));
    const exchange = number === undefined ? undefined : await show.exchange(c.req.param('id'), number);
    return exchange === undefined
      ? page(c, noticePage('This is not kept any more: of each device the newest 20 exchanges are.', '/devices'), 404)
      : page(c, exchangePage(exchange, viewer));
  });

  return routes;
}

/** What is no number is as if it were not there. */
function wholeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
