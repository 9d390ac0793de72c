import type { Context } from 'hono';
import type { CheckinResult, ReceiveCheckin } from '../engine/receive/receive-checkin.ts';
import { API_OFF, type AuthenticateOptions } from './authenticate.ts';
import { mayCall } from './caller.ts';
import { readBasic } from './credentials.ts';
import { problem } from './problem.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';

/** Where nano2nano sends check-ins: `-url http://…:9006/import/checkin`. */
export const IMPORT_PATH = '/import/checkin';
/** An Authenticate has 2 kB, a TokenUpdate with an unlock token some 10. */
export const CHECKIN_BYTES_MAX = 256 * 1024;

const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="ratchet import"' };

/**
 * PUT of one check-in, 200 exactly once it is on disk. nano2nano sends user "nanomdm" and its -key: the user is not looked at,
 * the key is a token of the API with role operate.
 */
export function importRoute(
  receive: ReceiveCheckin,
  { password, tokens }: Pick<AuthenticateOptions, 'password' | 'tokens'>,
): (c: Context) => Promise<Response> {
  return async function handle(c) {
    if (password === undefined) return problem(c, 403, API_OFF);
    const header = c.req.header('authorization');
    const key = readBasic(header)?.password ?? /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
    const hint = 'Expected -key with a token of role operate: ratchet token create --name nano2nano --role operate.';
    if (key === undefined) return problem(c, 401, hint, { headers: CHALLENGE });
    const judged = await tokens.judge(key);
    if (judged.kind === 'wrong') return problem(c, 401, `${judged.message} ${hint}`, { headers: CHALLENGE });
    const name = `token:${judged.name}`;
    if (!mayCall({ access: judged.role, name, isNamed: true }, 'operate'))
      return problem(c, 403, `${name} has role ${judged.role}. ${hint}`);
    let raw: Uint8Array;
    try {
      raw = await readBody(c, CHECKIN_BYTES_MAX);
    } catch (error) {
      if (error instanceof BodyTooLargeError) return problem(c, 413, `The check-in is larger than ${CHECKIN_BYTES_MAX} bytes.`);
      return problem(c, 400, 'The body could not be read. Nothing was stored.');
    }
    return answer(c, await receive(raw, name));
  };
}

function answer(c: Context, result: CheckinResult): Response {
  switch (result.kind) {
    case 'kept':
      return new Response(null);
    case 'malformed':
      return problem(c, 400, result.message);
    case 'unavailable':
      return problem(c, 503, result.message);
  }
}
