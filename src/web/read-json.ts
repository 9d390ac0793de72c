import type { Context } from 'hono';
import { z } from 'zod';
import { BodyTooLargeError, readBody } from './read-body.ts';

/** Who does it and why, for the audit log: part of every act's body. */
export const ActBy = z.object({
  by: z.string().min(1).max(200).optional(),
  note: z.string().max(2_000).optional(),
});

/** The body of an act, judged by `schema`; or the answer that refuses it. `shape` says for people what was expected. */
export async function readJson<T>(
  c: Context,
  schema: z.ZodType<T>,
  shape: string,
  bytesMax = 16_384,
): Promise<{ ok: true; value: T } | { ok: false; refusal: Response }> {
  // A form or script of another site can't send this type without asking first: no act by a forged click.
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
    return { ok: false, refusal: c.json({ error: 'Expected Content-Type: application/json.' }, 415) };
  let text: string;
  try {
    text = Buffer.from(await readBody(c, bytesMax)).toString('utf8');
  } catch (error) {
    const status = error instanceof BodyTooLargeError ? 413 : 400;
    return { ok: false, refusal: c.json({ error: 'The body is too large or unreadable.' }, status) };
  }
  const body = schema.safeParse(parseJson(text));
  if (body.success) return { ok: true, value: body.data };
  return { ok: false, refusal: c.json({ error: `Expected ${shape}: ${z.prettifyError(body.error)}` }, 400) };
}

function parseJson(text: string): unknown {
  try {
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}
