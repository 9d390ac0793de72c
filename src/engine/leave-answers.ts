import { z } from 'zod';

/** How far it is with leaving: what `ratchet leave` and its --status print. */
export const LeaveAnswer = z.looseObject({
  schema: z.literal('ratchet.leave/1'),
  state: z.enum(['running', 'paused', 'stopped', 'left', 'held']),
  /** Enrollments known; those that hold nothing of ours, still hold something, and are not enrolled any more. */
  devices: z.int(),
  free: z.int(),
  waiting: z.int(),
  unenrolled: z.int(),
  /** Those that are waited for, silent longest first; at most 100. */
  waitingFor: z.array(
    z.looseObject({ device: z.string(), serial: z.string().optional(), lastSeenAt: z.int(), holdsUntil: z.string().optional() }),
  ),
  /** Left, and nobody is waited for: the wiring may go. */
  isDone: z.boolean(),
  /** What is to be changed at the server, or waited for; sentences for people. */
  notes: z.array(z.string()),
});
export type LeaveAnswer = z.infer<typeof LeaveAnswer>;
