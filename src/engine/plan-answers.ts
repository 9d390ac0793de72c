import { z } from 'zod';
import { PLAN_CHANGES } from '../decide/plan-change.ts';
import { REASON_NAMES, type ReasonName } from '../reasons/reasons.ts';

/** Part of answers.ts: the plan, what a file of policies would change, and what became of it. */

const Reason = z.enum(REASON_NAMES as [ReasonName, ...ReasonName[]]);

/** What policies make of a device. */
export const PlanState = z.looseObject({
  target: z.string().optional(),
  policy: z.string().optional(),
  /** Enforced date, device wall time. */
  date: z.string().optional(),
  /** Why its ledger line has other days than its policy's: exploited, critical, named or major. */
  severity: z.string().optional(),
  reason: Reason,
});
export type PlanState = z.infer<typeof PlanState>;

export const PlanDevice = PlanState.extend({
  id: z.string(),
  serial: z.string().optional(),
  platform: z.string().optional(),
  osVersion: z.string().optional(),
  /** What happens next, for people. */
  next: z.string().optional(),
  /** Of a plan with a file: what is different for it, and what holds for it now. Absent: nothing is. */
  change: z.enum(PLAN_CHANGES).optional(),
  before: PlanState.optional(),
});
export type PlanDevice = z.infer<typeof PlanDevice>;

/** What a file of policies would change, beside the policies in force. */
export const PlanDifference = z.looseObject({
  /** As the caller called it. */
  file: z.string(),
  /** Names the policies by what they mean (comments and order of keys don't count): of the file, and in force. */
  hash: z.string(),
  inForce: z.string(),
  /** Devices by what is different for them; `unchanged` are all others. */
  handedOut: z.int(),
  broughtForward: z.int(),
  putOff: z.int(),
  takenBack: z.int(),
  other: z.int(),
  unchanged: z.int(),
  /** Devices by reason, under the policies in force. */
  countsBefore: z.record(z.string(), z.int()),
  /** Devices that are to install on a day (yyyy-mm-dd, their own date), before and after. */
  restarts: z.array(z.looseObject({ date: z.string(), before: z.int(), after: z.int() })),
  /** The change guard; absent in a plan for another time. `plan` names this difference; over `limit` it has to be accepted. */
  guard: z.looseObject({ plan: z.string(), fleet: z.int(), limit: z.int(), isHeld: z.boolean() }).optional(),
  /** Sentences for people. */
  notes: z.array(z.string()),
});
export type PlanDifference = z.infer<typeof PlanDifference>;

/** A change of the policies that waits for a person; the policies before it stay in force. */
export const HeldPolicies = z.looseObject({
  /** To be accepted: `ratchet apply <file> --accept <plan>`. */
  plan: z.string(),
  file: z.string(),
  hash: z.string(),
  at: z.int(),
  handedOut: z.int(),
  broughtForward: z.int(),
  limit: z.int(),
});
export type HeldPolicies = z.infer<typeof HeldPolicies>;

export const PlanAnswer = z.looseObject({
  schema: z.literal('ratchet.plan/1'),
  /** Of a plan for another time. */
  at: z.int().optional(),
  devices: z.array(PlanDevice),
  /** Devices by reason. */
  counts: z.record(z.string(), z.int()),
  /** Of a plan with a file. */
  difference: PlanDifference.optional(),
  held: HeldPolicies.optional(),
});
export type PlanAnswer = z.infer<typeof PlanAnswer>;

export const ApplyAnswer = z.looseObject({
  schema: z.literal('ratchet.apply/1'),
  /** `held`: the policies before stay in force, until the plan is accepted. `unchanged`: these were in force. */
  result: z.enum(['applied', 'held', 'unchanged']),
  file: z.string(),
  hash: z.string(),
  /** Absent when nothing is different. */
  difference: PlanDifference.optional(),
});
export type ApplyAnswer = z.infer<typeof ApplyAnswer>;
