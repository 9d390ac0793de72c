import { z } from 'zod';
import { REPLAY_PROMISES } from './promises.ts';

/** What `ratchet replay --json` prints. Instants are epoch ms, dates device wall time. */

const Span = z.object({
  deviceDays: z.int().nonnegative(),
  /** Of each week from the beginning on. */
  weeks: z.array(z.int().nonnegative()),
});

const Exposure = z.object({
  /** Below the newest release the device was offered. */
  all: Span,
  /** Without the fix of something that SOFA calls exploited; only with --sofa. */
  exploited: Span.optional(),
  /** Past the device's deadline and still behind. */
  overdue: Span,
});

const Release = z.object({
  release: z.string(),
  firstSeenAt: z.int(),
  devices: z.int(),
  reached: z.int(),
  /** Days from being offered to running it or something newer; null: not within the replay. */
  daysTo: z.object({ p50: z.number().nullable(), p90: z.number().nullable(), p99: z.number().nullable() }),
  lines: z.int(),
  firstDate: z.string().optional(),
  lastDate: z.string().optional(),
  rings: z.array(z.object({ policy: z.string(), ring: z.string(), openedAt: z.int(), because: z.string() })),
  /** When Apple took it back from some devices. */
  withdrawnAt: z.int().optional(),
});

const Broken = z.object({ promise: z.enum(REPLAY_PROMISES), at: z.int(), device: z.string(), devices: z.int(), detail: z.string() });

const Laggard = z.object({
  model: z.string(),
  days: z.int(),
  naiveMovedLater: z.int(),
  naiveOverdueDays: z.int(),
  ledgerOverdueDays: z.int(),
});

export const ReplayRun = z.object({
  policies: z.string(),
  from: z.int(),
  to: z.int(),
  devices: z.int(),
  /** Devices too old for update declarations: commands are not replayed. */
  notReplayed: z.int(),
  answers: z.int(),
  decisions: z.int(),
  linesSet: z.int(),
  /** Without a cause that is audited. */
  deadlinesMovedLater: z.int(),
  deadlinesMovedLaterAudited: z.int(),
  brokenPromises: z.int(),
  broken: z.array(Broken),
  approvals: z.int(),
  exposure: Exposure,
  releases: z.array(Release),
  /** The newest release plus the policy's days, the date anew with every newer one: same devices, same owners. */
  naive: z.object({ datesSet: z.int(), datesMovedLater: z.int(), exposure: Exposure, laggard: Laggard.optional() }),
  /** On the clock; what else runs on the machine counts. */
  seconds: z.number(),
});
export type ReplayRun = z.infer<typeof ReplayRun>;

export const ReplayAnswer = ReplayRun.extend({
  schema: z.literal('ratchet.replay/1'),
  seed: z.string(),
  notes: z.array(z.string()),
  /** The same under --compare. */
  compare: ReplayRun.optional(),
});
export type ReplayAnswer = z.infer<typeof ReplayAnswer>;
