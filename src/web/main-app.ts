import { type Context, Hono } from 'hono';
import type { Health } from '../engine/health.ts';
import type { Refusals } from '../engine/refusals.ts';
import { ERROR, PATH } from '../log-keys.ts';
import type { Logger } from '../logger.ts';
import type { Clock } from '../runtime.ts';
import { API_PATH } from './api.ts';
import { IMPORT_PATH } from './import-route.ts';
import { logRefusals } from './log-refusals.ts';
import { ICON, ICON_PATH } from './pages/icon.ts';
import { STYLE, STYLE_PATH } from './pages/style.ts';
import { problem } from './problem.ts';
import { WEBHOOK_PATH } from './webhook-route.ts';

export interface MainAppOptions {
  version: string;
  webhook(c: Context): Promise<Response>;
  /** Takes what nano2nano sends. */
  takeImport(c: Context): Promise<Response>;
  api: Hono;
  signIn: Hono;
  dashboard: Hono;
  metrics: Hono;
  health(): Promise<Health>;
  refusals: Pick<Refusals, 'note'>;
  log: Logger;
  clock: Pick<Clock, 'now'>;
}

/** The listener of the server and of people: webhook, API, health. */
export function createMainApp(options: MainAppOptions): Hono {
  const { version, webhook, takeImport, api, signIn, dashboard, metrics, health, refusals, log, clock } = options;
  const app = new Hono();
  app.use(WEBHOOK_PATH, logRefusals(log, clock, 'webhook refused'));
  app.post(WEBHOOK_PATH, webhook);
  app.all(WEBHOOK_PATH, (c) => c.json({ error: 'the webhook takes POST' }, 405));
  app.use(IMPORT_PATH, logRefusals(log, clock, 'import refused'));
  app.put(IMPORT_PATH, takeImport);
  app.all(IMPORT_PATH, (c) => problem(c, 405, 'This takes PUT, of nano2nano.', { headers: { Allow: 'PUT' } }));
  app.get('/healthz', async (c) => {
    const { ok, checks } = await health();
    return c.json({ status: ok ? 'ok' : 'failing', checks }, ok ? 200 : 503);
  });
  app.get('/version', (c) => c.json({ version: `v${version}` }));
  app.get(ICON_PATH, (c) => c.body(ICON, 200, { 'Content-Type': 'image/svg+xml', 'Cache-Control': 'max-age=86400' }));
  app.get(STYLE_PATH, (c) => c.body(STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': 'max-age=300' }));
  app.route(API_PATH, api);
  app.route('/', metrics);
  app.route('/', signIn);
  app.route('/', dashboard);
  app.notFound((c) => {
    const { path, method } = c.req;
    if (c.req.header('x-enrollment-id') !== undefined) refusals.note('declarations', 'other-listener', path);
    else if (method === 'POST' && /^application\/json\b/i.test(c.req.header('content-type') ?? ''))
      refusals.note('webhook', 'wrong-path', path);
    return c.json({ error: 'There is nothing here.' }, 404);
  });
  app.onError((error, c) => {
    log.error({ [ERROR]: error, [PATH]: c.req.path }, 'request failed; answered 500');
    const told = 'Internal error; see the log.';
    return c.req.path.startsWith(API_PATH) ? problem(c, 500, told) : c.json({ error: told }, 500);
  });
  return app;
}
