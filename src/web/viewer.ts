import type { Context } from 'hono';
import { API_OFF, type AuthenticateOptions, createAuthenticate, ONLY_HERE } from './authenticate.ts';
import { isLoopback, sessionIdOf, takeFlashId } from './browser.ts';
import { mayCall } from './caller.ts';
import type { Flashes } from './flashes.ts';
import { page } from './pages/page.ts';
import { noticePage } from './pages/sign-in.tsx';
import { signInPath } from './sign-in-path.ts';
import type { Viewer } from './viewer.types.ts';

export interface ViewerOptions extends AuthenticateOptions {
  flashes: Pick<Flashes, 'take'>;
}

/** Whoever may read the API may read the pages; browsers without a session are led to the sign-in. */
export function createViewer(options: ViewerOptions) {
  const { password, open, sessions, flashes } = options;
  const authenticate = createAuthenticate(options);
  return async function viewer(c: Context): Promise<Viewer | Response> {
    if (!open && password === undefined) return page(c, noticePage(API_OFF), 403);
    if (open && !isLoopback(c)) return page(c, noticePage(ONLY_HERE), 403);
    const caller = await authenticate(c);
    const isByHeader = c.req.header('authorization') !== undefined;
    const { pathname, search } = new URL(c.req.url);
    const here = `${pathname}${search}`;
    if (caller instanceof Response) return isByHeader ? caller : leadIn(c, here);
    const session = open || isByHeader ? undefined : sessions.find(sessionIdOf(c, options));
    return {
      name: caller.name,
      mayOperate: mayCall(caller, 'operate'),
      csrf: session?.csrf ?? '',
      here,
      // A page that is only brought up to date shows what became of the last act already, or another one does.
      flash: c.req.header('x-ratchet-live') === undefined ? flashes.take(takeFlashId(c)) : undefined,
    };
  };
}

function leadIn(c: Context, here: string): Response {
  // Who follows a link in a chat or a mail is from another site at first, and browsers keep the cookie back until the page itself asks.
  if (c.req.header('sec-fetch-site') === 'cross-site')
    return page(c, noticePage('You come from another site: the page opens in a moment. If it does not, load it again.'), 200, {
      Refresh: `0; url=${here}`,
    });
  return c.redirect(signInPath(here), 303);
}
