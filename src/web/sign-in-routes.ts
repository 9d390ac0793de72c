import { Hono, type MiddlewareHandler } from 'hono';
import { TOKEN_FORM, type Tokens } from '../engine/operate/tokens.ts';
import { ADDRESS, BY } from '../log-keys.ts';
import type { Logger } from '../logger.ts';
import { API_OFF, type AuthenticateOptions, METRICS_ONLY, tooManyText } from './authenticate.ts';
import { addressOf, clearSession, pageOf, sessionIdOf, setSession } from './browser.ts';
import { isSame } from './credentials.ts';
import { pathOfOurs } from './form-fields.ts';
import { page } from './pages/page.ts';
import { noticePage, signedInPage, signInPage } from './pages/sign-in.tsx';
import { readForm } from './read-form.ts';
import type { Sessions, SignedIn } from './sessions.ts';
import { TO_FIELD } from './sign-in-path.ts';

const FORM_BYTES_MAX = 4_096;

export interface SignInOptions extends AuthenticateOptions {
  tokens: Pick<Tokens, 'judge'>;
  sessions: Sessions;
  log: Logger;
}

/** /sign-in and /sign-out, for browsers: the password or a token for a cookie. */
export function signInRoutes(options: SignInOptions): Hono {
  const { password, open, tokens, sessions, tries, now, log } = options;
  const routes = new Hono();

  const door: MiddlewareHandler = async (c, next) => {
    if (open) return page(c, noticePage('This is a demo: nobody needs to sign in.', '/sign-in'));
    if (password === undefined) return page(c, noticePage(API_OFF), 403);
    // Nobody is signed in, or out, by a page of somebody else.
    if (c.req.method === 'POST' && pageOf(c) === 'another') return page(c, noticePage('This form came from another site.'), 403);
    return next();
  };
  for (const path of ['/sign-in', '/sign-out']) routes.use(path, door);

  routes.get('/sign-in', (c) => {
    const session = sessions.find(sessionIdOf(c, options));
    const to = c.req.query(TO_FIELD);
    if (session === undefined) return page(c, signInPage(pathOfOurs(to ?? null)));
    if (to !== undefined) return c.redirect(pathOfOurs(to), 303);
    const { caller, csrf } = session;
    return page(c, signedInPage({ name: caller.name, access: caller.access, csrf }));
  });

  routes.post('/sign-in', async (c) => {
    const form = await readForm(c, FORM_BYTES_MAX);
    const secret = form?.get('secret') ?? '';
    const to = pathOfOurs(form?.get(TO_FIELD) ?? null);
    const address = addressOf(c, options);
    const wait = tries.waitUntil(address);
    if (wait !== undefined) {
      log.warn({ [ADDRESS]: address }, 'sign-in refused: too many wrong passwords');
      return page(c, signInPage(to, tooManyText(wait)), 429, { 'Retry-After': String(Math.ceil((wait - now()) / 1_000)) });
    }
    const judged = await judge(secret);
    if ('wrong' in judged) {
      tries.wrong(address);
      return page(c, signInPage(to, judged.wrong), 401);
    }
    tries.right(address);
    sessions.close(sessionIdOf(c, options));
    setSession(c, options, sessions.open(judged));
    log.info({ [BY]: judged.by === 'token' ? `token:${judged.name}` : 'browser', [ADDRESS]: address }, 'signed in');
    return c.redirect(to, 303);
  });

  routes.post('/sign-out', async (c) => {
    const id = sessionIdOf(c, options);
    const session = sessions.find(id);
    if (session !== undefined) {
      const csrf = (await readForm(c, FORM_BYTES_MAX))?.get('csrf') ?? '';
      if (!isSame(csrf, session.csrf))
        return page(c, noticePage('This form is out of date: go back, load the page again, and repeat it.'), 403);
      sessions.close(id);
    }
    clearSession(c, options);
    return c.redirect('/sign-in', 303);
  });

  async function judge(secret: string): Promise<SignedIn | { wrong: string }> {
    if (TOKEN_FORM.test(secret)) {
      const judged = await tokens.judge(secret);
      if (judged.kind === 'right' && judged.role === 'metrics') return { wrong: METRICS_ONLY };
      return judged.kind === 'wrong' ? { wrong: judged.message } : { by: 'token', id: judged.id, name: judged.name };
    }
    return isSame(secret, password ?? '') ? { by: 'password' } : { wrong: 'Wrong password or token.' };
  }

  return routes;
}
