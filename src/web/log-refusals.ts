import type { MiddlewareHandler } from 'hono';
import { COUNT, METHOD, PATH, REASON, STATUS } from '../log-keys.ts';
import type { Logger } from '../logger.ts';
import type { Clock } from '../runtime.ts';
import { isSelfTest } from './self-test.ts';

/** A line at most this often for each status: whoever reaches a port must not be able to fill the log. */
const EVERY_MS = 60_000;
/** The path may be a device's choice. */
const PATH_MAX = 100;
const LOOP_DETECTED = 508;

/**
 * Logs requests that a listener of the MDM server answered 4xx or 508: the other side's log says little (NanoMDM hides every
 * refusal of its -dm hook behind "invalid body hash header"), and a wrong key or path is found in ours first.
 */
export function logRefusals(log: Logger, clock: Pick<Clock, 'now'>, message: string): MiddlewareHandler {
  const told = new Map<string, { at: number; untold: number }>();
  return async (c, next) => {
    await next();
    const { status } = c.res;
    if ((status < 400 || status > 499) && status !== LOOP_DETECTED) return;
    // What ratchet doctor tries is no news, and hides none.
    const isTest = isSelfTest(c);
    const key = `${status} ${isTest}`;
    const last = told.get(key);
    const now = clock.now();
    if (last !== undefined && now - last.at < EVERY_MS) {
      last.untold += 1;
      return;
    }
    told.set(key, { at: now, untold: 0 });
    const { error } = (await c.res.clone().json()) as { error?: string };
    const fields = { [STATUS]: status, [METHOD]: c.req.method, [PATH]: c.req.path.slice(0, PATH_MAX), [REASON]: error };
    log[isTest ? 'info' : 'warn']({ ...fields, [COUNT]: 1 + (last?.untold ?? 0) }, message);
  };
}
