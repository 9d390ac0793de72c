import type { Context } from 'hono';
import type { Tokens } from '../engine/operate/tokens.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import { addressOf, type BrowserOptions, isActing, isLoopback, pageOf, sessionIdOf } from './browser.ts';
import { type Access, type Caller, mayCall } from './caller.ts';
import { isSame, readBasic } from './credentials.ts';
import { problem } from './problem.ts';
import type { Session, Sessions } from './sessions.ts';
import type { TryLimit } from './try-limit.ts';

export interface AuthenticateOptions extends BrowserOptions {
  /** Password of user `ratchet`; undefined: the API is off. */
  password: string | undefined;
  /** Loopback demo: no sign-in. */
  open: boolean;
  tokens: Pick<Tokens, 'judge'>;
  sessions: Pick<Sessions, 'find'>;
  tries: TryLimit;
  now(): number;
}

/** Where a session's acts carry its secret. */
export const CSRF_HEADER = 'X-CSRF-Token';
export const API_OFF = 'The API is off: start ratchet serve with --api (or RATCHET_API) to use it.';
export const METRICS_ONLY = 'A token with role metrics opens /metrics and nothing else; ratchet token create --role read makes another.';
export const ONLY_HERE = 'Without sign-in this is open on this machine alone: go to http://127.0.0.1 with its port.';
const BY_PASSWORD: Caller = { access: 'password', name: 'api', isNamed: false };
const CHALLENGE = 'Basic realm="ratchet", charset="UTF-8", Bearer realm="ratchet"';
const BEARER_CHALLENGE = 'Bearer realm="ratchet"';

/**
 * Who calls; or the answer that refuses it. The webhook's and -dm's credentials open nothing here. Who may do less than `least`
 * is refused too, wherever it knocks: what else it takes is judged by who asks for the caller.
 */
export function createAuthenticate(options: AuthenticateOptions, least: Access = 'read') {
  const { password, open, tokens, sessions, tries, now } = options;
  /** `csrf`: where a form carries it; else a header does. */
  return async function authenticate(c: Context, csrf = c.req.header(CSRF_HEADER) ?? ''): Promise<Caller | Response> {
    // Also with other credentials than a session's: browsers remember a Basic password, and send it along.
    const page = pageOf(c);
    if (isActing(c) && page === 'another') return problem(c, 403, 'A page of another site may not act here. Nothing was changed.');
    // Another name that leads to this machine: a page of somebody else's site that would pass for ours.
    if (open && !isLoopback(c)) return problem(c, 403, ONLY_HERE);
    if (open) return BY_PASSWORD;
    if (password === undefined) return problem(c, 403, API_OFF);
    const header = c.req.header('authorization');
    const bearer = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
    if (bearer !== undefined) {
      const judged = await tokens.judge(bearer);
      if (judged.kind === 'wrong') return refuse(c, judged.message, `${BEARER_CHALLENGE}, error="invalid_token"`);
      const caller: Caller = { access: judged.role, name: `token:${judged.name}`, isNamed: true };
      return mayCall(caller, least) ? caller : problem(c, 403, METRICS_ONLY);
    }
    const given = readBasic(header);
    if (given === undefined) {
      const session = header === undefined ? sessions.find(sessionIdOf(c, options)) : undefined;
      if (session !== undefined) return bySession(c, session, page, csrf);
      return refuse(c, 'Credentials are missing: Basic (user ratchet, password as given by --api), or Bearer with a token.');
    }
    const address = addressOf(c, options);
    const wait = tries.waitUntil(address);
    if (wait !== undefined) {
      const headers = { 'Retry-After': String(Math.ceil((wait - now()) / 1_000)) };
      return problem(c, 429, tooManyText(wait), { headers });
    }
    const isUser = isSame(given.user, 'ratchet');
    if (!isSame(given.password, password) || !isUser) {
      tries.wrong(address);
      return refuse(c, 'Wrong user or password.');
    }
    tries.right(address);
    return BY_PASSWORD;
  };
}

export function tooManyText(wait: number): string {
  return `Too many wrong passwords; again from ${rfc3339(wait)}.`;
}

/** What a browser sends along by itself is not enough to act. */
function bySession(c: Context, { caller, csrf }: Session, page: ReturnType<typeof pageOf>, given: string): Caller | Response {
  if (!isActing(c) || (page === 'ours' && isSame(given, csrf))) return caller;
  return problem(c, 403, `An act of a session needs the header ${CSRF_HEADER} of its page. Nothing was changed.`);
}

function refuse(c: Context, detail: string, challenge?: string): Response {
  // A script's request must not make its browser ask for the password, and remember it.
  const isScript = ['cors', 'same-origin'].includes(c.req.header('sec-fetch-mode') ?? '');
  return problem(c, 401, detail, { headers: { 'WWW-Authenticate': challenge ?? (isScript ? BEARER_CHALLENGE : CHALLENGE) } });
}
