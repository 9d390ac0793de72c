import type { Context } from 'hono';
import { readBody } from './read-body.ts';

/** The fields of a form; undefined: it is none, or one too large. */
export async function readForm(c: Context, bytesMax: number): Promise<URLSearchParams | undefined> {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(c.req.header('content-type') ?? '')) return undefined;
  try {
    return new URLSearchParams(Buffer.from(await readBody(c, bytesMax)).toString('utf8'));
  } catch {
    return undefined;
  }
}
