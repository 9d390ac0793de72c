import type { Context } from 'hono';
import type { Tokens } from '../engine/operate/tokens.ts';
import type { Caller } from './caller.ts';
import { isSame, readBasic } from './credentials.ts';
import { problem } from './problem.ts';

export interface AuthenticateOptions {
  /** Password of user `ratchet`; undefined: the API is off. */
  password: string | undefined;
  /** Loopback demo: no sign-in. */
  open: boolean;
  tokens: Pick<Tokens, 'judge'>;
}

const OPEN: Caller = { access: 'password', name: 'api', isNamed: false };
const BY_PASSWORD: Caller = { access: 'password', name: 'api', isNamed: false };
const CHALLENGE = 'Basic realm="ratchet", charset="UTF-8", Bearer realm="ratchet"';

/** Who calls; or the answer that refuses it. The webhook's and -dm's credentials open nothing here. */
export function createAuthenticate({ password, open, tokens }: AuthenticateOptions) {
  return async function authenticate(c: Context): Promise<Caller | Response> {
    if (open) return OPEN;
    if (password === undefined) return problem(c, 403, 'The API is off: start ratchet serve with --api (or RATCHET_API) to use it.');
    const header = c.req.header('authorization');
    const bearer = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
    if (bearer !== undefined) {
      const judged = await tokens.judge(bearer);
      if (judged.kind === 'wrong') return refuse(c, judged.message, 'Bearer realm="ratchet", error="invalid_token"');
      return { access: judged.role, name: `token:${judged.name}`, isNamed: true };
    }
    const given = readBasic(header);
    if (given === undefined)
      return refuse(c, 'Credentials are missing: Basic (user ratchet, password as given by --api), or Bearer with a token.');
    const isUser = isSame(given.user, 'ratchet');
    if (!isSame(given.password, password) || !isUser) return refuse(c, 'Wrong user or password.');
    return BY_PASSWORD;
  };
}

function refuse(c: Context, detail: string, challenge = CHALLENGE): Response {
  return problem(c, 401, detail, { headers: { 'WWW-Authenticate': challenge } });
}
