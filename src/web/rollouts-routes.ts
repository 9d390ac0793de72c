import { Hono } from 'hono';
import { z } from 'zod';
import type { RolloutActAnswer, RolloutExpediteAnswer } from '../engine/answers.ts';
import type { Rollouts } from '../engine/rollout/rollouts.ts';
import type { Show } from '../engine/show/show.ts';
import { ROLLOUT_ACTS } from '../rollout/acts.ts';
import { ActBy, readJson } from './read-json.ts';

const Body = ActBy.extend({ release: z.string().min(1).max(100), policy: z.string().min(1).max(200).optional() });

const ExpediteBody = Body.extend({
  /** Judged by the act, which has better words for it. */
  due: z.string().min(1).max(40).optional(),
  undo: z.literal(true).optional(),
  rings: z.array(z.string().min(1).max(200)).min(1).max(50).optional(),
  accept: z.string().min(1).max(64).optional(),
  note: z.string().min(1).max(2_000),
});

/** /api/v1/rollouts: releases on their way through the rings, and what a person does to them. */
export function rolloutsRoutes(rollouts: Pick<Rollouts, 'act' | 'expedite'>, show: Show): Hono {
  const routes = new Hono();
  routes.get('/', async (c) => c.json(await show.rollouts()));
  for (const act of ROLLOUT_ACTS)
    routes.post(`/${act}`, async (c) => {
      const body = await readJson(c, Body, '{"release", "policy"?, "by"?, "note"?}');
      if (!body.ok) return body.refusal;
      const { release, policy, by, note } = body.value;
      const answer = await rollouts.act({ act, release, policy, by: by ?? 'api', because: note });
      if (!answer.ok) return c.json({ error: answer.message }, 409);
      const { rollout } = answer;
      return c.json({
        schema: 'ratchet.rollout-act/1',
        ...{ act, policy: rollout.policy, release: rollout.release, state: rollout.state, approved: rollout.approved },
      } satisfies RolloutActAnswer);
    });
  routes.post('/expedite', async (c) => {
    const body = await readJson(
      c,
      ExpediteBody,
      '{"release", "due", "rings"?, "policy"?, "accept"?, "by"?, "note"}, or {"release", "undo": true, "note"}',
    );
    if (!body.ok) return body.refusal;
    const { release, policy, due, undo, rings, accept, by, note } = body.value;
    if ((due === undefined) !== (undo === true))
      return c.json({ error: 'Expected either "due", by when on the device’s clock, or "undo": true. Nothing was changed.' }, 400);
    const answer = await rollouts.expedite({ release, policy, due, rings, accept, by: by ?? 'api', because: note });
    if (!answer.ok) return c.json({ error: answer.message }, 409);
    const { kind, rollout, difference } = answer;
    const { due: local, rings: named } = rollout.expedite ?? {};
    return c.json({
      schema: 'ratchet.rollout-expedite/1',
      ...{ result: kind, policy: rollout.policy, release: rollout.release },
      ...(local === undefined ? {} : { due: local }),
      ...(named === undefined ? {} : { rings: named }),
      ...(difference === undefined ? {} : { difference }),
    } satisfies RolloutExpediteAnswer);
  });
  return routes;
}
