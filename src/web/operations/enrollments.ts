import { z } from 'zod';
import { ImportAnswer } from '../../engine/answers.ts';
import type { NameEnrollments } from '../../engine/operate/name-enrollments.ts';
import { NamedEnrollment } from '../../enrollment/named.ts';
import { InboxFullError } from '../../store/store.ts';
import { ActBy, type Operation, operation } from '../operation.ts';
import { refuse } from '../problem.ts';

/** Of one call; the verb sends a long list in several. */
export const ENROLLMENTS_PER_CALL_MAX = 1_000;
const BYTES_MAX = 1024 * 1024;

/** A person's list of what the MDM server has. */
export function enrollmentsOperations(nameEnrollments: NameEnrollments): Operation[] {
  return [
    operation({
      id: 'nameEnrollments',
      group: 'Devices',
      path: '/enrollments',
      summary: 'Name devices that the MDM server has: each is asked what it is.',
      body: ActBy.extend({
        enrollments: z.array(NamedEnrollment).min(1).max(ENROLLMENTS_PER_CALL_MAX),
        from: z.enum(['list', 'nanomdm-database']).optional().describe('Where the names come from, for the audit log.'),
        dryRun: z.boolean().optional().describe('Only count; write nothing.'),
      }),
      bodyBytesMax: BYTES_MAX,
      answer: ImportAnswer,
      refusals: { 503: 'Too many events wait to be looked at.' },
      async run({ body: { enrollments, from = 'list', dryRun = false }, act }) {
        try {
          const counts = await nameEnrollments(enrollments, { ...act, from, isDryRun: dryRun });
          return { schema: 'ratchet.import/1', ...counts, ...(dryRun ? { dryRun } : {}) } satisfies ImportAnswer;
        } catch (error) {
          if (error instanceof InboxFullError) return refuse(503, 'Too many events wait to be looked at; try again in a minute.');
          throw error;
        }
      },
    }),
  ];
}
