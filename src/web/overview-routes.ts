import { type Context, Hono } from 'hono';
import type { Show } from '../engine/show/show.ts';
import { page } from './pages/page.ts';
import { rolloutsPage } from './pages/rollouts.tsx';

export interface OverviewOptions {
  show: Pick<Show, 'rollouts'>;
  now(): number;
  /** Undefined: whoever asks may read. */
  refusal(c: Context): Promise<Response | undefined>;
}

/** Pages about no single device: rollouts. */
export function overviewRoutes({ show, now, refusal }: OverviewOptions): Hono {
  const routes = new Hono();

  function get(path: string, pageOf: (c: Context) => Promise<string>): void {
    routes.get(path, async (c) => (await refusal(c)) ?? page(c, await pageOf(c)));
  }

  get('/rollouts', async () => rolloutsPage({ rollouts: await show.rollouts(), now: now() }));
  return routes;
}
