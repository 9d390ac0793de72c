import { Hono } from 'hono';
import { z } from 'zod';
import type { RolloutActAnswer } from '../engine/answers.ts';
import type { Rollouts } from '../engine/rollout/rollouts.ts';
import type { Show } from '../engine/show/show.ts';
import { ROLLOUT_ACTS } from '../rollout/acts.ts';
import { ActBy, readJson } from './read-json.ts';

const Body = ActBy.extend({ release: z.string().min(1).max(100), policy: z.string().min(1).max(200).optional() });

/** /api/v1/rollouts: releases on their way through the rings, and what a person does to them. */
export function rolloutsRoutes(rollouts: Pick<Rollouts, 'act'>, show: Show): Hono {
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
  return routes;
}
