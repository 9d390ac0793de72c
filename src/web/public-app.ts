import { type Context, Hono } from 'hono';
import type { Gate } from '../engine/gate/gate.ts';
import { looksLikeDevice } from '../engine/gate/signed-by.ts';
import type { Show } from '../engine/show/show.ts';
import { ERROR } from '../log-keys.ts';
import type { Logger } from '../logger.ts';
import type { Clock } from '../runtime.ts';
import { MINUTE_MS } from '../time/local.ts';
import { gateRoute } from './gate-route.ts';
import { noOwnersPage, OWNERS_STYLE_NAME, ownersPage, ownersPageUnavailable } from './pages/owner.tsx';
import { OWNERS_STYLE } from './pages/owner-style.ts';

export interface PublicAppOptions {
  show: Pick<Show, 'ownersUpdate'>;
  /** Absent: there is none. */
  gate?: Gate | undefined;
  log: Logger;
  clock: Pick<Clock, 'now'>;
}

/** No scripts, nothing from elsewhere, no forms, no frames; nobody is told where its reader came from, or lists it. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex, nofollow',
  'Cache-Control': 'no-store',
};

const RETRY_AFTER_S = 300;
/** Whoever reaches this port must not be able to fill the log. */
const LOGGED_EVERY_MS = MINUTE_MS;

/**
 * The listener that everybody may reach: owners' pages, their stylesheet, whether anything answers, and the enrollment gate. But for
 * the gate it takes no cookie, no credentials, no query and no body, and changes nothing. Paths of pages are not logged: an address is all
 * it takes to see one.
 */
export function createPublicApp({ show, gate, log, clock }: PublicAppOptions): Hono {
  const app = new Hono();
  let loggedAt = Number.NEGATIVE_INFINITY;

  app.get('/healthz', (c) => c.json({ status: 'ok' }, 200, { 'Cache-Control': 'no-store' }));
  app.get(`/u/${OWNERS_STYLE_NAME}`, (c) =>
    c.body(OWNERS_STYLE, 200, {
      'Content-Type': 'text/css; charset=utf-8',
      'Cache-Control': 'max-age=300',
      'X-Content-Type-Options': 'nosniff',
    }),
  );
  if (gate !== undefined) gateRoute(app, gate);
  app.get('/u/:name', async (c) => {
    const update = await show.ownersUpdate(c.req.param('name'));
    return update === undefined ? notThere(c) : (c.html(ownersPage(update), 200, HEADERS) as Response);
  });
  app.notFound(async (c) => {
    if (gate !== undefined && !c.req.path.startsWith('/u/') && looksLikeDevice(c.req.raw.headers)) await gate.astray(c.req.path);
    return notThere(c);
  });
  app.onError((error, c) => {
    if (clock.now() - loggedAt >= LOGGED_EVERY_MS) {
      loggedAt = clock.now();
      log.error({ [ERROR]: error }, "an owner's page could not be shown; answered 503");
    }
    return c.html(ownersPageUnavailable(), 503, { ...HEADERS, 'Retry-After': String(RETRY_AFTER_S) });
  });
  return app;
}

function notThere(c: Context): Response {
  return c.html(noOwnersPage(), 404, HEADERS) as Response;
}
