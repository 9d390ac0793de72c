import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { formatProblem } from '../config/problem.ts';
import { readPolicyText } from '../config/read-policy-file.ts';
import type { ApplyAnswer } from '../engine/answers.ts';
import type { OperatePolicies } from '../engine/operate/policies.ts';
import type { GivenPolicies, Planner } from '../engine/plan/plan.ts';
import { planTimeProblem } from '../engine/plan/plan-time.ts';
import { shortHash } from '../engine/reconcile/reconcile-one.ts';
import { ActBy, readJson } from './read-json.ts';

/** A file is at most 1 MiB; as JSON it is somewhat longer. */
const BYTES_MAX = 4 * 1024 * 1024;
/** Problems told of one file. */
const PROBLEMS_MAX = 20;

const File = { file: z.string(), name: z.string().min(1).max(1_000).optional() };
const PlanBody = z.object({ ...File, file: z.string().optional(), at: z.int().optional() });
const ApplyBody = ActBy.extend({ ...File, accept: z.string().min(1).max(64).optional() });

export interface PoliciesRoutesOptions {
  operatePolicies: OperatePolicies;
  planner: Planner;
  now(): number;
}

/** POST /api/v1/plan and /api/v1/apply: what other policies would do, and putting them into force. */
export function policiesRoutes({ operatePolicies, planner, now }: PoliciesRoutesOptions): Hono {
  const routes = new Hono();

  /** The text judged as `ratchet check` does; or the answer that refuses it. */
  function read(c: Context, text: string, name = 'ratchet.yaml'): GivenPolicies | Response {
    const { policySet, sha256, problems } = readPolicyText(text, name, now());
    if (policySet === undefined)
      return c.json({ error: [...problems.slice(0, PROBLEMS_MAX).map(formatProblem), 'Nothing was changed.'].join('\n') }, 400);
    return { policies: policySet, hash: shortHash(policySet), file: name, ...(sha256 === undefined ? {} : { sha256 }) };
  }

  routes.post('/plan', async (c) => {
    const body = await readJson(c, PlanBody, '{"file"?, "name"?, "at"?}', BYTES_MAX);
    if (!body.ok) return body.refusal;
    const { file, name, at } = body.value;
    const problem = at === undefined ? undefined : planTimeProblem(at, now());
    if (problem !== undefined) return c.json({ error: problem }, 400);
    if (file === undefined) {
      if (at === undefined)
        return c.json({ error: 'Expected a file, or another time with "at"; the plan of now is GET /api/v1/plan.' }, 400);
      return c.json(await planner.forecast(at));
    }
    const given = read(c, file, name);
    return given instanceof Response ? given : c.json(await planner.compare(given, at));
  });

  routes.post('/apply', async (c) => {
    const body = await readJson(c, ApplyBody, '{"file", "name"?, "accept"?, "by"?, "note"?}', BYTES_MAX);
    if (!body.ok) return body.refusal;
    const { file, name, accept, by, note } = body.value;
    const given = read(c, file, name);
    if (given instanceof Response) return given;
    const act = { by: by ?? 'api', ...(note ? { note } : {}), ...(accept === undefined ? {} : { accept }) };
    const outcome = await operatePolicies.apply(given, act);
    if (outcome.kind === 'refused') return c.json({ error: outcome.message }, 409);
    const difference = outcome.kind === 'unchanged' ? {} : { difference: outcome.difference };
    const answer: ApplyAnswer = { schema: 'ratchet.apply/1', result: outcome.kind, file: given.file, hash: given.hash, ...difference };
    return c.json(answer);
  });
  return routes;
}
