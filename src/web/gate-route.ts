import type { Context, Hono } from 'hono';
import type { Gate, GateAnswer } from '../engine/gate/gate.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';

/** Of a request: what a device says of itself has 5 kB, a form of a sign-in not much more. Larger ones are answered 413. */
export const GATE_BODY_BYTES_MAX = 1024 * 1024;
const RETRY_AFTER_S = 5;
/** Statuses that a Response must not have a body with. */
const WITHOUT_BODY: readonly number[] = [204, 205, 304];

/** The path of the enrollment server and nothing else of it, with whatever method and query. */
export function gateRoute(app: Hono, gate: Gate): void {
  app.all(new URL(gate.url).pathname, async (c) => {
    try {
      const body = await readBody(c, GATE_BODY_BYTES_MAX);
      const { method, headers, url } = c.req.raw;
      return responseOf(c, await gate.answer({ method, search: new URL(url).search, headers: [...headers], body }));
    } catch (error) {
      if (error instanceof BodyTooLargeError) return said(c, 413, 'This is more than a device says of itself.');
      throw error;
    }
  });
}

function responseOf(c: Context, answer: GateAnswer): Response {
  switch (answer.kind) {
    case 'required':
      return new Response(answer.answer.body, {
        status: 403,
        headers: { 'Content-Type': answer.answer.contentType, 'Cache-Control': 'no-store' },
      });
    case 'refused':
      return said(c, 403, 'Only devices of Apple that say who they are may enroll here.');
    case 'busy':
      return said(c, 503, 'Too many devices enroll at this moment.', { 'Retry-After': String(RETRY_AFTER_S) });
    case 'down':
      return said(c, 502, 'The enrollment server can not be reached.');
    case 'passed':
      return passed(c, answer);
  }
}

function passed(c: Context, { status, headers, body }: Extract<GateAnswer, { kind: 'passed' }>): Response {
  try {
    const all = new Headers();
    for (const [name, value] of headers) all.append(name, value);
    return new Response(WITHOUT_BODY.includes(status) ? null : Buffer.from(body), { status, headers: all });
  } catch {
    // A status or a header that HTTP does not know.
    return said(c, 502, 'The enrollment server gave an answer that can not be passed on.');
  }
}

function said(c: Context, status: 403 | 413 | 502 | 503, text: string, headers: Record<string, string> = {}): Response {
  return c.text(`${text}\n`, status, { 'Cache-Control': 'no-store', ...headers });
}
