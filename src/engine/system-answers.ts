import { z } from 'zod';
import { JOB_RESULTS } from './jobs.ts';
import { HeldPolicies } from './plan-answers.ts';
import { REFUSALS } from './refusals.ts';

/** Part of the API's answers: how the installation itself is, its jobs, and what people did. Instants are epoch ms. */

export const SystemAnswer = z.looseObject({
  schema: z.literal('ratchet.system/1'),
  at: z.int(),
  version: z.string(),
  /** Of this process: what follows of links counts from then on. */
  startedAt: z.int(),
  state: z.enum(['running', 'paused', 'stopped', 'left', 'held']),
  /** Why it is held. */
  because: z.string().optional(),
  pausedPolicies: z.array(z.string()),
  /** Why the clock is in doubt: nothing is decided meanwhile. */
  clockDoubt: z.string().optional(),
  /** As /healthz: each part "ok" or what is wrong with it. */
  checks: z.record(z.string(), z.string()),
  /** The MDM server: its kind and where it takes commands. */
  host: z.string(),
  /** Its requests for declarations have reached us at least once. */
  dmReached: z.boolean(),
  /** When any device was last heard of; absent: none ever was. */
  heardAt: z.int().optional(),
  /** Ways to the server and from it: the last success, the last failure and what was wrong. */
  links: z.array(
    z.looseObject({
      name: z.string(),
      what: z.string(),
      okAt: z.int().optional(),
      failedAt: z.int().optional(),
      problem: z.string().optional(),
      /** Of the webhook: the last event that told of a device asking for declarations. */
      declarativeAt: z.int().optional(),
      /** Of declarations: when a device last came for the lists of what it is to hold. */
      listsAt: z.int().optional(),
      /** Of KMFDDM: the last sign that devices are answered by it. */
      answersAt: z.int().optional(),
      /** Calls refused at the door since the start, by reason: how many, and the last one. Its path is as it came. */
      refused: z.array(z.looseObject({ because: z.enum(REFUSALS), count: z.int(), at: z.int(), path: z.string() })).optional(),
    }),
  ),
  /** Lists of releases and of severities. `readAt`: the last answer; `goodAt`: the one that is held. */
  feeds: z.array(
    z.looseObject({
      name: z.string(),
      source: z.string().optional(),
      askedAt: z.int().optional(),
      readAt: z.int().optional(),
      goodAt: z.int().optional(),
      /** Why the last answer is not believed. */
      doubt: z.string().optional(),
      /** It asked to be left alone until then. */
      notBefore: z.int().optional(),
    }),
  ),
  /** Commands under way: to be sent, being sent, waiting for the device's answer. */
  commands: z.looseObject({ pending: z.int(), leased: z.int(), enqueued: z.int() }),
  /** Devices to be woken, and since when the first of them is due. */
  pushes: z.looseObject({ waiting: z.int(), since: z.int().optional() }),
  /** Events that wait to be folded, and those put aside because they could not be understood (at most 1,000 are kept). */
  inbox: z.looseObject({ waiting: z.int(), putAside: z.int() }),
  /** Other consumers that get webhooks from us, and what waits for each; counted since the start. */
  forward: z.array(
    z.looseObject({
      name: z.string(),
      /** Of its address. */
      host: z.string(),
      waiting: z.int(),
      waitingBytes: z.int(),
      /** When the webhook came in that waits the longest. */
      oldestAt: z.int().optional(),
      /** The last that it took, the last try that failed, and what was wrong. */
      okAt: z.int().optional(),
      failedAt: z.int().optional(),
      problem: z.string().optional(),
      /** Taken, refused by it, and given up because too many or too old ones waited. */
      counts: z.looseObject({ taken: z.int(), refused: z.int(), full: z.int(), expired: z.int() }),
    }),
  ),
  alerts: z.array(z.looseObject({ key: z.string(), at: z.int(), sentence: z.string() })),
  policies: z.looseObject({ hash: z.string(), at: z.int(), by: z.string(), held: HeldPolicies.optional() }).optional(),
  /** In force: secrets show as "set"; a null is not set. Empty where nobody told them (the demo). */
  settings: z.array(z.looseObject({ flag: z.string(), value: z.string().nullable(), origin: z.string() })),
});
export type SystemAnswer = z.infer<typeof SystemAnswer>;
export type SettingInForce = SystemAnswer['settings'][number];

export const JobsAnswer = z.looseObject({
  schema: z.literal('ratchet.jobs/1'),
  at: z.int(),
  jobs: z.array(
    z.looseObject({
      key: z.string(),
      what: z.string(),
      /** The last run that is over: its begin, how long it took in ms, and how it ended. Absent: none since the start. */
      lastAt: z.int().optional(),
      tookMs: z.number().optional(),
      result: z.enum(JOB_RESULTS).optional(),
      /** Absent: nothing is planned; it runs when it is needed. */
      nextAt: z.int().optional(),
    }),
  ),
});
export type JobsAnswer = z.infer<typeof JobsAnswer>;

export const AuditAnswer = z.looseObject({
  schema: z.literal('ratchet.audit/1'),
  /** The newest first. */
  entries: z.array(
    z.looseObject({
      id: z.int(),
      at: z.int(),
      /** A person, a token, or "ratchet" itself. */
      by: z.string(),
      act: z.string(),
      /** Why, as whoever did it said. */
      note: z.string().optional(),
      detail: z.record(z.string(), z.unknown()),
    }),
  ),
  /** The cursor of the next page; absent on the last one. */
  next: z.string().optional(),
});
export type AuditAnswer = z.infer<typeof AuditAnswer>;
