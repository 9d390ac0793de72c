import type { Context } from 'hono';

/**
 * Header of the calls by which `ratchet doctor` proves a listener: everything is checked as for the MDM server, then they
 * are answered 200 and nobody learns of them. Devices choose the path of a -dm request and never its headers; who can't
 * sign is refused as ever.
 */
export const SELF_TEST_HEADER = 'X-Ratchet-Self-Test';
/** Bodies and enrollment of such calls. Anything else is what it is, header or not: a proxy that sets it everywhere loses no event. */
export const SELF_TEST_BODY = '{"topic":"ratchet.self-test"}';
export const SELF_TEST_ENROLLMENT = '__probe__';

export function isSelfTest(c: Context): boolean {
  return c.req.header(SELF_TEST_HEADER) !== undefined;
}

/** What is told of a refused one, also in the log: nobody shall look for the fault at the MDM server. */
export function asTold(c: Context, error: string): string {
  return isSelfTest(c) ? `${error} (ratchet doctor tries whether it is refused)` : error;
}
