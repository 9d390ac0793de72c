import { z } from 'zod';
import { HeldPolicies } from './plan-answers.ts';

export const StatusAnswer = z.looseObject({
  schema: z.literal('ratchet.status/1'),
  state: z.enum(['running', 'paused', 'stopped', 'left', 'held']),
  /** Devices by reason. */
  counts: z.record(z.string(), z.int()),
  /** By state. */
  commands: z.record(z.string(), z.int()),
  /** Events that wait to be folded. */
  inbox: z.int(),
  alerts: z.array(z.looseObject({ key: z.string(), at: z.int(), sentence: z.string() })),
  /** Absent: no list of releases was read yet. */
  releasesCheckedAt: z.int().optional(),
  dmReached: z.boolean(),
  /** In force: what they are named by, since when and by whom; and the change that waits for a person. */
  policies: z.looseObject({ hash: z.string(), at: z.int(), by: z.string(), held: HeldPolicies.optional() }).optional(),
});
export type StatusAnswer = z.infer<typeof StatusAnswer>;
