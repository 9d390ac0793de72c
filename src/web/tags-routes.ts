import { Hono } from 'hono';
import { z } from 'zod';
import type { TagsActAnswer } from '../engine/answers.ts';
import { type OperateTags, TAG_ROWS_MAX, TaggedDevice, TagSource } from '../engine/operate/tags.ts';
import type { Show } from '../engine/show/show.ts';
import { ActBy, readJson } from './read-json.ts';

const BYTES_MAX = 20 * 1024 * 1024;
const Body = ActBy.extend({ devices: z.array(TaggedDevice).max(TAG_ROWS_MAX), accept: z.string().max(64).optional() });

/** /api/v1/tags: what people call devices, by who says so. */
export function tagsRoutes(operate: OperateTags, show: Show): Hono {
  const routes = new Hono();
  routes.get('/', async (c) => c.json(await show.tags()));
  routes.put('/:source', async (c) => {
    const source = TagSource.safeParse(c.req.param('source'));
    if (!source.success)
      return c.json({ error: 'The name of a source has letters, digits, dots, dashes and underscores, at most 64.' }, 400);
    const body = await readJson(
      c,
      Body,
      `{"devices": [{"subject", "tags": []}] (at most ${TAG_ROWS_MAX}), "accept"?, "by"?, "note"?}`,
      BYTES_MAX,
    );
    if (!body.ok) return body.refusal;
    const { devices, by, note, accept } = body.value;
    const act = { by: by ?? 'api', ...(note ? { note } : {}), ...(accept === undefined ? {} : { accept }) };
    const done = await operate.replace(source.data, devices, act);
    if (done.kind === 'refused') return c.json({ error: done.message }, 409);
    const { kind: result, ...outcome } = done;
    return c.json({ schema: 'ratchet.tags-act/1', result, source: source.data, ...outcome } satisfies TagsActAnswer);
  });
  return routes;
}
