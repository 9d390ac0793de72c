import { Hono } from 'hono';
import { z } from 'zod';
import type { OperateAnswer } from '../engine/answers.ts';
import type { ActAnswer, Operate } from '../engine/operate/operate.ts';
import type { ReadReleases } from '../engine/schedule/read-releases.ts';
import { ATTEMPTS_SINCE, sinceProblem } from '../engine/show/attempts.ts';
import type { Show } from '../engine/show/show.ts';
import { parseDuration } from '../policy/duration.ts';
import { isSame, readBasic } from './credentials.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';

export interface ApiOptions {
  /** Password of user `ratchet`; undefined: the API is off. */
  password: string | undefined;
  /** Loopback demo: no sign-in. */
  open: boolean;
  operate: Operate;
  show: Show;
  releases: ReadReleases | undefined;
}

const ActBody = z.object({
  policy: z.string().min(1).max(200).optional(),
  by: z.string().min(1).max(200).optional(),
  note: z.string().max(2_000).optional(),
});

/** /api/v1: what the verbs of the command line call. The webhook's and -dm's credentials open nothing here. */
export function createApi({ password, open, operate, show, releases }: ApiOptions): Hono {
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
      // A form or script of another site can't send this type without asking first: no act by a forged click.
      if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
        return c.json({ error: 'Expected Content-Type: application/json.' }, 415);
      let text: string;
      try {
        text = Buffer.from(await readBody(c, 16_384)).toString('utf8');
      } catch (error) {
        return c.json({ error: 'The body is too large or unreadable.' }, error instanceof BodyTooLargeError ? 413 : 400);
      }
      const body = ActBody.safeParse(parseJson(text));
      if (!body.success) return c.json({ error: `Expected {"policy"?, "by"?, "note"?}: ${z.prettifyError(body.error)}` }, 400);
      const { policy, by, note } = body.data;
      const answer = await operate[verb]({ by: by ?? 'api', ...(policy ? { policy } : {}), ...(note ? { note } : {}) });
      return answer.ok ? c.json(toAnswer(answer, policy)) : c.json({ error: answer.message }, 404);
    });
  }

  api.post('/releases/accept', async (c) => {
    if (await releases?.accept()) return c.json({ schema: 'ratchet.releases/1', accepted: true });
    return c.json({ error: 'There is no doubtful answer to accept.' }, 404);
  });

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
  api.get('/status', async (c) => c.json(await show.status()));
  api.notFound((c) => c.json({ error: 'There is no such API endpoint.' }, 404));
  return api;
}

function toAnswer({ result }: ActAnswer & { ok: true }, policy: string | undefined): OperateAnswer {
  return { schema: 'ratchet.operate/1', ...result, ...(policy ? { policy } : {}) };
}

function parseJson(text: string): unknown {
  try {
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}
