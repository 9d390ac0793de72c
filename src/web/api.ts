import { Hono } from 'hono';
import { z } from 'zod';
import type { OperateAnswer } from '../engine/answers.ts';
import type { NameEnrollments } from '../engine/operate/name-enrollments.ts';
import type { ActAnswer, Operate } from '../engine/operate/operate.ts';
import type { OperatePolicies } from '../engine/operate/policies.ts';
import type { OperateReleases } from '../engine/operate/releases.ts';
import type { OperateTags } from '../engine/operate/tags.ts';
import type { Planner } from '../engine/plan/plan.ts';
import type { Rollouts } from '../engine/rollout/rollouts.ts';
import type { SeverityKeeper } from '../engine/schedule/severity-keeper.ts';
import { ATTEMPTS_SINCE, sinceProblem } from '../engine/show/attempts.ts';
import type { Show } from '../engine/show/show.ts';
import { parseDuration } from '../policy/duration.ts';
import { isSame, readBasic } from './credentials.ts';
import { enrollmentsRoute } from './enrollments-route.ts';
import { policiesRoutes } from './policies-routes.ts';
import { ActBy, readJson } from './read-json.ts';
import { releasesRoutes } from './releases-routes.ts';
import { rolloutsRoutes } from './rollouts-routes.ts';
import { severitiesRoutes } from './severities-routes.ts';
import { tagsRoutes } from './tags-routes.ts';

export interface ApiOptions {
  /** Password of user `ratchet`; undefined: the API is off. */
  password: string | undefined;
  /** Loopback demo: no sign-in. */
  open: boolean;
  operate: Operate;
  show: Show;
  operateReleases: OperateReleases;
  nameEnrollments: NameEnrollments;
  operateTags: OperateTags;
  severities: Pick<SeverityKeeper, 'held' | 'accept'>;
  rollouts: Pick<Rollouts, 'act' | 'expedite'>;
  operatePolicies: OperatePolicies;
  planner: Planner;
  /** Epoch ms. */
  now(): number;
}

const ActBody = ActBy.extend({ policy: z.string().min(1).max(200).optional() });

/** /api/v1: what the verbs of the command line call. The webhook's and -dm's credentials open nothing here. */
export function createApi(options: ApiOptions): Hono {
  const { password, open, operate, operateReleases, nameEnrollments, operateTags, rollouts, severities, show } = options;
  const api = new Hono();
  api.use(async (c, next) => {
    if (open) return next();
    if (password === undefined) return c.json({ error: 'The API is off: start ratchet serve with --api (or RATCHET_API) to use it.' }, 403);
    const given = readBasic(c.req.header('authorization'));
    if (given === undefined)
      return c.json({ error: 'Basic credentials are missing: user ratchet, password as given by --api.' }, 401, {
        'WWW-Authenticate': 'Basic realm="ratchet"',
      });
    const isUser = isSame(given.user, 'ratchet');
    if (!isSame(given.password, password) || !isUser)
      return c.json({ error: 'Wrong user or password.' }, 401, { 'WWW-Authenticate': 'Basic realm="ratchet"' });
    return next();
  });

  for (const verb of ['pause', 'resume', 'stop'] as const) {
    api.post(`/${verb}`, async (c) => {
      const body = await readJson(c, ActBody, '{"policy"?, "by"?, "note"?}');
      if (!body.ok) return body.refusal;
      const { policy, by, note } = body.value;
      const answer = await operate[verb]({ by: by ?? 'api', ...(policy ? { policy } : {}), ...(note ? { note } : {}) });
      return answer.ok ? c.json(toAnswer(answer, policy)) : c.json({ error: answer.message }, 404);
    });
  }

  api.route('/', policiesRoutes(options));
  api.route('/enrollments', enrollmentsRoute(nameEnrollments));
  api.route('/tags', tagsRoutes(operateTags, show));
  api.route('/severities', severitiesRoutes(severities));
  api.route('/rollouts', rolloutsRoutes(rollouts, show));
  api.route('/releases', releasesRoutes(operateReleases, show));

  api.get('/why/:device', async (c) => {
    const answer = await show.why(c.req.param('device'));
    return answer ? c.json(answer) : c.json({ error: `No device has the id or serial number "${c.req.param('device')}".` }, 404);
  });
  api.get('/attempts', async (c) => {
    const { device, since = ATTEMPTS_SINCE } = c.req.query();
    const sinceMs = parseDuration(since);
    if (sinceMs === undefined) return c.json({ error: sinceProblem(since) }, 400);
    const answer = await show.attempts({ sinceMs, ...(device === undefined ? {} : { device }) });
    return answer ? c.json(answer) : c.json({ error: `No device has the id or serial number "${device}".` }, 404);
  });
  api.get('/plan', async (c) => c.json(await show.plan()));
  api.get('/inbox', async (c) => c.json(await show.inbox()));
  api.get('/blackouts', async (c) => c.json(await show.blackouts()));
  api.get('/status', async (c) => c.json(await show.status()));
  api.notFound((c) => c.json({ error: 'There is no such API endpoint.' }, 404));
  return api;
}

function toAnswer({ result }: ActAnswer & { ok: true }, policy: string | undefined): OperateAnswer {
  return { schema: 'ratchet.operate/1', ...result, ...(policy ? { policy } : {}) };
}
