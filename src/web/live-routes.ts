import { Hono } from 'hono';
import { type AuthenticateOptions, createAuthenticate } from './authenticate.ts';
import type { Live } from './live.ts';
import { LIVE_SCRIPT, LIVE_SCRIPT_PATH } from './pages/live-script.ts';
import { problem } from './problem.ts';

export const EVENTS_PATH = '/events';
/** After which whoever was turned away may ask again. */
const RETRY_AFTER_S = 60;

const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // nginx would keep events until it has a buffer full of them.
  'X-Accel-Buffering': 'no',
};

export interface LiveRoutesOptions extends AuthenticateOptions {
  live: Pick<Live, 'open'>;
}

/** What keeps open pages up to date: the stream of changes for whoever may read, and the script that follows it. */
export function liveRoutes(options: LiveRoutesOptions): Hono {
  const authenticate = createAuthenticate(options);
  const routes = new Hono();

  routes.get(EVENTS_PATH, async (c) => {
    const caller = await authenticate(c);
    if (caller instanceof Response) return caller;
    // Nobody would read its stream, which would count among those that are open.
    if (c.req.method === 'HEAD') return c.body(null, 200, STREAM_HEADERS);
    const stream = options.live.open();
    if (stream === undefined)
      return problem(c, 503, 'Too many pages are open; this one is not updated by itself.', {
        headers: { 'Retry-After': String(RETRY_AFTER_S) },
      });
    return c.body(stream, 200, STREAM_HEADERS);
  });

  // Its path names its content: another version has another one.
  routes.get(LIVE_SCRIPT_PATH, (c) =>
    c.body(LIVE_SCRIPT, 200, {
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': 'public, max-age=31536000, immutable',
      'X-Content-Type-Options': 'nosniff',
    }),
  );
  return routes;
}
