import { z } from 'zod';
import type { ShowSystem } from '../../engine/show/system.ts';
import { AuditAnswer, JobsAnswer, SystemAnswer } from '../../engine/system-answers.ts';
import { type Operation, view } from '../operation.ts';

const GROUP = 'System';
const AUDIT_LIMIT = 100;
const AUDIT_LIMIT_MAX = 500;

/** A number of an entry, as the page before gave it. */
export const AuditCursor = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'expected "next" of the page before')
  .transform(Number);

/** How the installation itself is, what runs by time, and what people did. */
export function systemOperations(system: ShowSystem): Operation[] {
  return [
    view({
      id: 'showSystem',
      group: GROUP,
      path: '/system',
      summary: 'Links to the MDM server, feeds, queues, alerts, policies and settings in force, without secrets.',
      answer: SystemAnswer,
      run: () => system.system(),
    }),
    view({
      id: 'listJobs',
      group: GROUP,
      path: '/jobs',
      summary: 'What runs by time: when it last ran, and when it runs next.',
      answer: JobsAnswer,
      run: () => system.jobs(),
    }),
    view({
      id: 'listAudit',
      group: GROUP,
      path: '/audit',
      summary: 'Who did what, when and why, the newest first, page by page.',
      query: z.strictObject({
        cursor: AuditCursor.optional().describe('"next" of the page before.'),
        limit: z
          .string()
          .regex(/^[1-9]\d{0,2}$/, `expected a number from 1 to ${AUDIT_LIMIT_MAX}`)
          .transform(Number)
          .pipe(z.int().max(AUDIT_LIMIT_MAX))
          .optional()
          .describe(`How many: 1 to ${AUDIT_LIMIT_MAX}, ${AUDIT_LIMIT} by default.`),
      }),
      answer: AuditAnswer,
      run: ({ query: { cursor, limit = AUDIT_LIMIT } }) => system.audit(cursor, limit),
    }),
  ];
}
