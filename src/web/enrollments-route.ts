import { Hono } from 'hono';
import { z } from 'zod';
import type { ImportAnswer } from '../engine/answers.ts';
import type { NameEnrollments } from '../engine/operate/name-enrollments.ts';
import { NamedEnrollment } from '../enrollment/named.ts';
import { InboxFullError } from '../store/store.ts';
import { ActBy, readJson } from './read-json.ts';

/** Of one call; the verb sends a long list in several. */
export const ENROLLMENTS_PER_CALL_MAX = 1_000;
const BYTES_MAX = 1024 * 1024;
const Body = ActBy.extend({ enrollments: z.array(NamedEnrollment).min(1).max(ENROLLMENTS_PER_CALL_MAX) });

/** POST /api/v1/enrollments: a person's list of what the MDM server has. */
export function enrollmentsRoute(nameEnrollments: NameEnrollments): Hono {
  const routes = new Hono();
  routes.post('/', async (c) => {
    const body = await readJson(
      c,
      Body,
      `{"enrollments": [{"id", "serial"?, "type"?}] (1 to ${ENROLLMENTS_PER_CALL_MAX}), "by"?, "note"?}`,
      BYTES_MAX,
    );
    if (!body.ok) return body.refusal;
    const { enrollments, by, note } = body.value;
    try {
      const done = await nameEnrollments(enrollments, { by: by ?? 'api', ...(note ? { note } : {}) });
      return c.json({ schema: 'ratchet.import/1', ...done } satisfies ImportAnswer);
    } catch (error) {
      if (error instanceof InboxFullError) return c.json({ error: 'Too many events wait to be looked at; try again in a minute.' }, 503);
      throw error;
    }
  });
  return routes;
}
