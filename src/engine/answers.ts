import { z } from 'zod';
import { ATTEMPT_OUTCOMES } from '../decide/attempt.types.ts';
import { REASON_NAMES, type ReasonName } from '../reasons/reasons.ts';
import { ConflictAnswer } from './conflict-answers.ts';
import { OverrideAnswer } from './device-answers.ts';
import { PlanDifference } from './plan-answers.ts';

export * from './list-answers.ts';
export * from './plan-answers.ts';
export * from './problem-answer.ts';

/**
 * What the API answers and `--json` prints: one schema for each, used by the server to type what it sends and
 * by the verbs to read it. A field added is no new number; a field changed or gone is.
 * Instants are epoch ms; device wall times are yyyy-mm-ddThh:mm:ss.
 */

export const Reason = z.enum(REASON_NAMES as [ReasonName, ...ReasonName[]]);

export const OperateAnswer = z.looseObject({
  schema: z.literal('ratchet.operate/1'),
  /** What holds now: for one policy when one was named, else for all. */
  state: z.enum(['running', 'paused', 'stopped', 'left', 'held']),
  policy: z.string().optional(),
  /** The numbers rules 18 and 21 ask for: taken back, seen to be taken back, still holding a date. */
  withdrawn: z.int().optional(),
  confirmed: z.int().optional(),
  stillHolding: z.int().optional(),
  /** Sentences for people. */
  notes: z.array(z.string()).optional(),
});
export type OperateAnswer = z.infer<typeof OperateAnswer>;

/** One ScheduleOSUpdate and what became of it: `Attempt` of the decide room, field by field. */
export const AttemptAnswer = z.looseObject({
  commandUuid: z.string(),
  enrollmentId: z.string(),
  serialNumber: z.string().optional(),
  model: z.string().optional(),
  fromVersion: z.string().optional(),
  fromBuild: z.string().optional(),
  release: z.string(),
  toVersion: z.string(),
  action: z.string(),
  actionAnswered: z.string().optional(),
  attempt: z.int(),
  decidedAt: z.int(),
  sentAt: z.int().optional(),
  answeredAt: z.int().optional(),
  /** Gigabytes. */
  availableDeviceCapacity: z.number().optional(),
  /** 0..1 */
  batteryLevel: z.number().optional(),
  passcodePresent: z.boolean().optional(),
  power: z.string().optional(),
  network: z.string().optional(),
  notNowCount: z.int(),
  answer: z.string().optional(),
  updateStatus: z.string().optional(),
  error: z.object({ domain: z.string(), code: z.number(), description: z.string() }).optional(),
  reason: z.string().optional(),
  isLate: z.boolean(),
  stage: z.string().optional(),
  outcome: z.enum(ATTEMPT_OUTCOMES),
  outcomeAt: z.int().optional(),
  isSettled: z.boolean(),
});
export type AttemptAnswer = z.infer<typeof AttemptAnswer>;

export const AttemptsAnswer = z.looseObject({
  schema: z.literal('ratchet.attempts/1'),
  /** Decided at that time or later. */
  since: z.int(),
  /** Enrollment id, when one device was asked about. */
  device: z.string().optional(),
  /** Oldest first. */
  attempts: z.array(AttemptAnswer),
  /** False: there are older ones, which are left out here and in the proposals. */
  isComplete: z.boolean(),
  /** Kinds of attempts that mostly came to nothing. */
  proposals: z.array(
    z.looseObject({
      model: z.string(),
      fromVersion: z.string(),
      toVersion: z.string(),
      action: z.string(),
      answered: z.int(),
      devices: z.int(),
      verified: z.int(),
      noEffect: z.int(),
      failed: z.int(),
      knownBug: z.string().optional(),
      /** The same as a sentence. */
      text: z.string(),
    }),
  ),
});
export type AttemptsAnswer = z.infer<typeof AttemptsAnswer>;

export const WhyAnswer = z.looseObject({
  schema: z.literal('ratchet.why/1'),
  device: z.looseObject({
    id: z.string(),
    serial: z.string().optional(),
    /** As people named it. */
    name: z.string().optional(),
    platform: z.string().optional(),
    productName: z.string().optional(),
    supervised: z.boolean().optional(),
    tags: z.array(z.string()).optional(),
    lastSeenAt: z.int().optional(),
    /** Address of its owner’s page, which opens without a sign-in; absent while there are none. */
    ownersPage: z.string().optional(),
  }),
  runs: z.looseObject({
    version: z.string().optional(),
    build: z.string().optional(),
    observedAt: z.int().optional(),
    source: z.string().optional(),
  }),
  wants: z
    .looseObject({
      policy: z.string().optional(),
      release: z.string().optional(),
      version: z.string().optional(),
      build: z.string().optional(),
    })
    .optional(),
  date: z
    .looseObject({
      enforced: z.string().optional(),
      zone: z.string().optional(),
      zoneAssumed: z.boolean().optional(),
      /** How it was derived, one sentence a step. */
      steps: z.array(z.string()),
    })
    .optional(),
  /** How it is brought there: declarations, commands, or none. */
  channel: z.string().optional(),
  /** Only for devices that are updated by commands. */
  commands: z
    .looseObject({
      /** Install commands are sent from then on, device wall time. */
      sentFrom: z.string().optional(),
      /** Nothing is sent yet: sentFrom is what it would be. */
      isForecast: z.boolean().optional(),
      /** The opening we are in, else the next one; install commands are sent in none other. */
      window: z.looseObject({ isOpen: z.boolean(), opensAt: z.int(), closesAt: z.int(), nextOpensAt: z.int().optional() }).optional(),
      /** The last update commands, newest last. */
      last: z.array(AttemptAnswer),
      knownBugs: z.array(z.looseObject({ id: z.string(), effect: z.string(), whatWeDo: z.string(), source: z.string() })),
    })
    .optional(),
  /** Software-update settings of its policy; absent when there are none. */
  settings: z
    .looseObject({
      /** Keys, as Apple spells them, a dictionary before a dot: in its manifest, or what would be there under mode enforce. */
      keys: z.array(z.string()),
      isHandedOut: z.boolean(),
      /** Keys it does not get: its platform has not got them, its OS is too old for them, it is not supervised. */
      leftOut: z.array(z.looseObject({ key: z.string(), because: z.string() })),
      /** not-fetched, fetched, valid or invalid, as far as it told. */
      state: z.string(),
      /** What the device says of them. */
      reasons: z.array(z.string()),
    })
    .optional(),
  reason: Reason,
  sentence: z.string(),
  remedy: z.string(),
  needsPerson: z.boolean(),
  evidence: z.record(z.string(), z.unknown()),
  /** What a person ordered for this device alone; absent when there is nothing. */
  overrides: z.array(OverrideAnswer).optional(),
  /** What other tools tell it about updates; absent when nothing is known of. */
  conflicts: z.array(ConflictAnswer).optional(),
  /** Every check in order; the first that objects decided. */
  checks: z.array(
    z.looseObject({ name: z.string(), outcome: z.enum(['passed', 'objected', 'not-applicable']), detail: z.string().optional() }),
  ),
  /** What was handed out or asked, newest last. */
  sent: z.array(z.looseObject({ at: z.int(), what: z.string(), state: z.string(), answer: z.string().optional() })),
  timeline: z.array(z.looseObject({ at: z.int(), text: z.string() })),
  next: z.looseObject({ text: z.string(), at: z.int().optional() }).optional(),
});
export type WhyAnswer = z.infer<typeof WhyAnswer>;

export const InboxAnswer = z.looseObject({
  schema: z.literal('ratchet.inbox/1'),
  items: z.array(
    z.looseObject({ at: z.int(), topic: z.string(), reason: z.string(), detail: z.string(), size: z.int(), sha256: z.string() }),
  ),
});
export type InboxAnswer = z.infer<typeof InboxAnswer>;

/** What SOFA told of a release for one of its platforms. */
export const SofaRow = z.looseObject({
  platform: z.string(),
  version: z.string(),
  /** Our clock when it was first told of. */
  toldAt: z.int(),
  /** yyyy-mm-dd, by SOFA. */
  releaseDate: z.string().optional(),
  /** How many CVEs it fixes, and how many of them are exploited, and rated critical. */
  cves: z.int(),
  exploited: z.int(),
  critical: z.int(),
});
export type SofaRow = z.infer<typeof SofaRow>;

/** A release under one platform key of Apple's, over all models. */
export const ReleaseRow = z.looseObject({
  /** "iOS 26.6.1": platform key and version; iPads, Apple TVs and watches stand under iOS. */
  release: z.string(),
  platform: z.string(),
  version: z.string(),
  builds: z.array(z.string()),
  /** False when the held answer no longer lists it for any model. */
  isListed: z.boolean(),
  isImprovement: z.boolean(),
  /** Models it is listed for; of these, in PublicAssetSets and in AssetSets. */
  models: z.int(),
  publicModels: z.int(),
  managedModels: z.int(),
  /** Models that Apple took it back from. */
  withdrawnModels: z.int(),
  /** Our clock when the first of its models was seen. */
  firstSeenAt: z.int(),
  /** yyyy-mm-dd, UTC: the earliest and the latest told. */
  postingDate: z.string().optional(),
  expirationDate: z.string().optional(),
  /** Apple still moves its expiration date on. */
  expirationRolls: z.boolean(),
  /** One for each platform of its models that SOFA tells of. */
  sofa: z.array(SofaRow).optional(),
  /** Names of the policies that call it critical by themselves. */
  criticalBy: z.array(z.string()).optional(),
});
export type ReleaseRow = z.infer<typeof ReleaseRow>;

export const ReleasesAnswer = z.looseObject({
  schema: z.literal('ratchet.releases/1'),
  /** Absent when there is none (off). */
  source: z.string().optional(),
  /** When the source was last read, and when what is held was. */
  checkedAt: z.int().optional(),
  heldAt: z.int().optional(),
  /** Why the last answer is not the one held. */
  doubt: z.looseObject({ kind: z.string(), detail: z.string(), since: z.int() }).optional(),
  releases: z.array(ReleaseRow),
  /** Absent while SOFA has told nothing: when each of its feeds last said what is held, and what it names that Apple's list has not. */
  sofa: z
    .looseObject({
      /** `held`: releases with the severity that is not in force yet, such as "26.6.1 exploited". */
      feeds: z.array(
        z.looseObject({ platform: z.string(), goodAt: z.int(), doubt: z.string().optional(), held: z.array(z.string()).optional() }),
      ),
      newer: z.array(SofaRow),
    })
    .optional(),
});
export type ReleasesAnswer = z.infer<typeof ReleasesAnswer>;

export const ReleasesActAnswer = z.looseObject({
  schema: z.literal('ratchet.releases-act/1'),
  act: z.enum(['refresh', 'accept', 'import']),
  result: z.enum(['changed', 'unchanged', 'doubtful', 'failed', 'accepted', 'imported']),
  /** Of a read that failed: why, and when it is tried again. */
  message: z.string().optional(),
  nextAt: z.int().optional(),
  /** Of an import: what of it counts, and how many pairs of release and model were seen earlier there. */
  taken: z.enum(['all', 'newer', 'history']).optional(),
  earlier: z.int().optional(),
});
export type ReleasesActAnswer = z.infer<typeof ReleasesActAnswer>;

/** What SOFA told of one feed's releases and is not in force yet. */
const HeldSeverity = z.looseObject({
  platform: z.string(),
  since: z.int(),
  /** `from` is in force. */
  releases: z.array(z.looseObject({ version: z.string(), from: z.string(), to: z.string() })),
  /** What it would change now; its `guard.plan` is what is accepted. */
  difference: PlanDifference,
});

export const SeveritiesAnswer = z.looseObject({ schema: z.literal('ratchet.severities/1'), held: z.array(HeldSeverity) });
export type SeveritiesAnswer = z.infer<typeof SeveritiesAnswer>;

export const SeveritiesActAnswer = HeldSeverity.extend({ schema: z.literal('ratchet.severities-act/1'), result: z.literal('accepted') });
export type SeveritiesActAnswer = z.infer<typeof SeveritiesActAnswer>;

export const ImportAnswer = z.looseObject({
  schema: z.literal('ratchet.import/1'),
  /** Enrollments that were not known before, that were and of which it told something new, and that it told nothing new of. */
  new: z.int(),
  changed: z.int().optional(),
  known: z.int(),
  /** True: nothing was written. */
  dryRun: z.boolean().optional(),
  /** Of the others, those that the server has as not enrolled any more. */
  disabled: z.int().optional(),
  /** Of the list, as the verb read it: users on devices, ids that stood in it before, and what could not be used. */
  userChannels: z.int().optional(),
  duplicates: z.int().optional(),
  malformed: z.array(z.looseObject({ at: z.string(), reason: z.string() })).optional(),
});
export type ImportAnswer = z.infer<typeof ImportAnswer>;

export const TagsAnswer = z.looseObject({
  schema: z.literal('ratchet.tags/1'),
  /** How many devices have each, whoever says so. */
  tags: z.array(z.looseObject({ tag: z.string(), devices: z.int() })),
  /** `unknown`: serial numbers and ids of no device heard of so far. */
  sources: z.array(z.looseObject({ source: z.string(), devices: z.int(), unknown: z.array(z.string()) })),
});
export type TagsAnswer = z.infer<typeof TagsAnswer>;

export const TagsActAnswer = z.looseObject({
  schema: z.literal('ratchet.tags-act/1'),
  /** `held`: nothing was changed, until the plan is accepted. */
  result: z.enum(['applied', 'held']),
  source: z.string(),
  /** How many devices the source names now (or would), and named before. */
  devices: z.int(),
  before: z.int(),
  /** Absent when the source says what it said before. */
  difference: PlanDifference.optional(),
});
export type TagsActAnswer = z.infer<typeof TagsActAnswer>;

const RolloutAnswer = z.looseObject({
  policy: z.string(),
  release: z.string(),
  state: z.enum(['running', 'paused', 'halted', 'skipped']),
  /** When it went into this state, by whom and why. */
  since: z.int(),
  by: z.string(),
  because: z.string().optional(),
  began: z.int(),
  /** A person wants it sooner: by when on the device's clock, for which rings (absent: all), who said so, when and why. */
  expedite: z
    .looseObject({ due: z.string(), rings: z.array(z.string()).optional(), by: z.string(), at: z.int(), because: z.string().optional() })
    .optional(),
  /** What the next ring waits for, in words, and when time alone may open it. */
  waitsFor: z.string().optional(),
  opensAt: z.int().optional(),
  /** What halts it by itself, in words; absent without rings. */
  haltsWhen: z.string().optional(),
  /** `gate`: what it takes for the ring to open, in words. `opened` is absent while it has not. Devices by where they stand; those that got it are delivered, stuck, verified and failed. */
  rings: z.array(
    z.looseObject({
      ring: z.string(),
      gate: z.string().optional(),
      opened: z.int().optional(),
      because: z.string().optional(),
      waiting: z.int(),
      delivered: z.int(),
      stuck: z.int(),
      verified: z.int(),
      failed: z.int(),
      excused: z.int(),
    }),
  ),
  /** Some of those that failed or are stuck. */
  troubled: z.array(z.looseObject({ id: z.string(), ring: z.string(), state: z.string(), since: z.int() })),
});
export type RolloutAnswer = z.infer<typeof RolloutAnswer>;

export const RolloutsAnswer = z.looseObject({ schema: z.literal('ratchet.rollouts/1'), rollouts: z.array(RolloutAnswer) });
export type RolloutsAnswer = z.infer<typeof RolloutsAnswer>;

export const RolloutActAnswer = z.looseObject({
  schema: z.literal('ratchet.rollout-act/1'),
  act: z.string(),
  policy: z.string(),
  release: z.string(),
  state: z.string(),
  /** Names of rings after which a person lets it go on. */
  approved: z.array(z.string()),
});
export type RolloutActAnswer = z.infer<typeof RolloutActAnswer>;

export const RolloutExpediteAnswer = z.looseObject({
  schema: z.literal('ratchet.rollout-expedite/1'),
  /** `held`: nothing was changed, until the plan is accepted. `previewed`: nothing was changed, and this is what it would do. */
  result: z.enum(['expedited', 'held', 'undone', 'previewed']),
  policy: z.string(),
  release: z.string(),
  /** By when, device wall time; absent when it was taken back. */
  due: z.string().optional(),
  /** Absent: every device of the policy. */
  rings: z.array(z.string()).optional(),
  /** Absent when it was taken back. */
  difference: PlanDifference.optional(),
});
export type RolloutExpediteAnswer = z.infer<typeof RolloutExpediteAnswer>;
