import { z } from 'zod';
import { Reason } from './answers.ts';

export const BlackoutsAnswer = z.looseObject({
  schema: z.literal('ratchet.blackouts/1'),
  /** Those that are not over; of all policies where `policy` is absent. Device wall times; `isNear`: its lead has begun. */
  blackouts: z.array(
    z.looseObject({
      name: z.string().optional(),
      policy: z.string().optional(),
      from: z.string(),
      until: z.string(),
      isNear: z.boolean(),
    }),
  ),
  /** Devices that hold a date which may come true in one, and are not known to have given it back. */
  devices: z.array(
    z.looseObject({
      id: z.string(),
      serial: z.string().optional(),
      policy: z.string(),
      /** Device wall time. */
      holds: z.string(),
      /** The name of the blackout, and when it begins and ends there. */
      blackout: z.string().optional(),
      beginsAt: z.int(),
      endsAt: z.int(),
      lastSeenAt: z.int(),
      reason: Reason,
    }),
  ),
});
export type BlackoutsAnswer = z.infer<typeof BlackoutsAnswer>;
