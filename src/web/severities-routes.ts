import { Hono } from 'hono';
import { z } from 'zod';
import type { SeveritiesActAnswer, SeveritiesAnswer } from '../engine/answers.ts';
import type { HeldNow } from '../engine/schedule/severity-guard.ts';
import type { SeverityKeeper } from '../engine/schedule/severity-keeper.ts';
import { ActBy, readJson } from './read-json.ts';

const Body = ActBy.extend({ plan: z.string().min(1).max(64) });

/** /api/v1/severities: what SOFA told and waits for a person, and the yes. */
export function severitiesRoutes(severities: Pick<SeverityKeeper, 'held' | 'accept'>): Hono {
  const routes = new Hono();
  routes.get('/', async (c) => {
    const held = (await severities.held()).map(shown);
    return c.json({ schema: 'ratchet.severities/1', held } satisfies SeveritiesAnswer);
  });
  routes.post('/accept', async (c) => {
    const body = await readJson(c, Body, '{"plan", "by"?, "note"?}');
    if (!body.ok) return body.refusal;
    const { plan, by, note } = body.value;
    const answer = await severities.accept(plan, { by: by ?? 'api', ...(note ? { note } : {}) });
    if (!answer.ok) return c.json({ error: answer.message }, 409);
    return c.json({ schema: 'ratchet.severities-act/1', result: 'accepted', ...shown(answer.accepted) } satisfies SeveritiesActAnswer);
  });
  return routes;
}

function shown({ platform, since, releases, difference }: HeldNow) {
  return { platform, since, releases: releases.map(({ version, from, to }) => ({ version, from, to })), difference };
}
