import { Hono } from 'hono';
import type { Exposition } from '../engine/metrics/metrics.ts';
import { type AuthenticateOptions, createAuthenticate } from './authenticate.ts';
import { problem } from './problem.ts';

export const METRICS_PATH = '/metrics';

export interface MetricsGiven {
  scrape(): Promise<Exposition>;
}

/** GET /metrics, for Prometheus: for every token, and whoever may read the API. */
export function metricsRoutes(options: AuthenticateOptions & { metrics: MetricsGiven }): Hono {
  const { metrics } = options;
  const authenticate = createAuthenticate(options, 'metrics');
  const routes = new Hono();
  routes.use(METRICS_PATH, async (c, next) => {
    c.header('Cache-Control', 'no-store');
    c.header('X-Content-Type-Options', 'nosniff');
    const caller = await authenticate(c);
    return caller instanceof Response ? caller : next();
  });
  routes.get(METRICS_PATH, async (c) => {
    const { text, contentType } = await metrics.scrape();
    return c.body(text, 200, { 'Content-Type': contentType });
  });
  routes.all(METRICS_PATH, (c) => problem(c, 405, 'This takes GET.', { headers: { Allow: 'HEAD, GET' } }));
  return routes;
}
