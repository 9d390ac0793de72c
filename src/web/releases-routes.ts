import { Hono } from 'hono';
import { z } from 'zod';
import type { ReleasesActAnswer } from '../engine/answers.ts';
import type { OperateReleases } from '../engine/operate/releases.ts';
import type { Show } from '../engine/show/show.ts';
import { FEED_BODY_BYTES_MAX } from '../feeds/feed.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import { ActBy, readJson } from './read-json.ts';

const ACT_SHAPE = '{"by"?, "note"?}';
const ImportBody = ActBy.extend({ bundle: z.unknown() });

/** /api/v1/releases: what Apple offers, and what a person does with that list. */
export function releasesRoutes(operate: OperateReleases, show: Show): Hono {
  const routes = new Hono();
  const answer = (rest: Pick<ReleasesActAnswer, 'act' | 'result' | 'message' | 'nextAt' | 'taken' | 'earlier'>): ReleasesActAnswer => ({
    schema: 'ratchet.releases-act/1',
    ...rest,
  });

  routes.get('/', (c) => c.json(show.releases()));

  routes.get('/export', (c) => {
    const bundle = show.releasesBundle();
    return bundle ? c.json(bundle) : c.json({ error: 'There is nothing to export: no list of releases was read yet.' }, 404);
  });

  routes.post('/refresh', async (c) => {
    const body = await readJson(c, ActBy, ACT_SHAPE);
    if (!body.ok) return body.refusal;
    const outcome = await operate.refresh(actOf(body.value));
    if (outcome === undefined)
      return c.json({ error: 'There is no source to read: releases is off. ratchet releases import brings a list.' }, 409);
    if (outcome.kind === 'refused') {
      const why = outcome.because === 'retry-after' ? 'The source asked to be left alone' : 'Apple was asked often enough for a day';
      return c.json({ error: `${why}; again from ${rfc3339(outcome.nextAt)}.` }, 429);
    }
    if (outcome.kind === 'failed')
      return c.json(answer({ act: 'refresh', result: 'failed', message: outcome.message, nextAt: outcome.nextAt }));
    return c.json(answer({ act: 'refresh', result: outcome.result }));
  });

  routes.post('/accept', async (c) => {
    const body = await readJson(c, ActBy, ACT_SHAPE);
    if (!body.ok) return body.refusal;
    if (await operate.accept(actOf(body.value))) return c.json(answer({ act: 'accept', result: 'accepted' }));
    return c.json({ error: 'There is no doubtful answer to accept.' }, 404);
  });

  routes.post('/import', async (c) => {
    const body = await readJson(c, ImportBody, '{"bundle", "by"?, "note"?}', FEED_BODY_BYTES_MAX);
    if (!body.ok) return body.refusal;
    const done = await operate.importBundle(body.value.bundle, actOf(body.value));
    if (!done.ok) return c.json({ error: `This is no bundle of ratchet releases export: ${done.detail}. Nothing was changed.` }, 400);
    const { taken, earlier, isDoubtful } = done.merged;
    return c.json(answer({ act: 'import', result: isDoubtful ? 'doubtful' : 'imported', taken, earlier }));
  });
  return routes;
}

function actOf({ by, note }: z.infer<typeof ActBy>): { by: string; note?: string } {
  return { by: by ?? 'api', ...(note ? { note } : {}) };
}
