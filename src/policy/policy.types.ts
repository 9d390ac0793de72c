import type { SoftwareUpdateSettings } from '../ddm/declaration.types.ts';
import type { Platform } from '../os/platform.ts';
import type { VersionRange, VersionText } from '../os/version.ts';
import type { LocalDateTime } from '../time/local.ts';

/**
 * Policies after validation: what ratchet.yaml means. The zod schema that reads the file is in
 * policy-file.ts; these are the values every later room works with.
 */

/** `observe` does nothing but look; `silent` does not even ask or push. `enforce` acts. */
export type Mode = 'observe' | 'silent' | 'enforce';

export interface Policy {
  /** Unique; ledger lines are kept under it. */
  name: string;
  match: PolicyMatch;
  /** Whom it does not mean after all. */
  except?: PolicyMatch;
  target: PolicyTarget;
  /** Who runs this or a newer version is left alone; who is below goes to the target. */
  floor?: VersionText;
  /** Nothing newer is asked for. */
  cap?: VersionRange;
  /** Background security improvements. Default `ignore`. */
  improvements?: Improvements;
  /** Who enrolls on less is sent away to update first, where the gate stands before enrollment; `target`: less than the target. */
  enrollmentMinimum?: VersionText | 'target';
  due: PolicyDue;
  /** Shown to the user by the device. */
  detailsUrl?: string;
  mode: Mode;
  paused: boolean;
  /** Default `auto`: declarations where the OS takes them, else update commands (rule 20). */
  channel?: Channel;
  /** When install commands may be sent. Default: every day from 01:00 to 05:00, device-local. */
  windows?: Window[];
  /** Beside those for all. */
  blackouts?: Blackout[];
  /** Who gets a release when, the first first. Absent: all at once. */
  rings?: Ring[];
  /** When a rollout stops by itself; only with rings. */
  halt?: Halt;
  commands?: CommandOptions;
  /** Its own, or those at the top; each device gets of them what it takes. */
  settings?: SoftwareUpdateSettings;
}

/** How updates are brought to a device. `commands` works up to OS 26. */
export type Channel = 'auto' | 'declarations' | 'commands';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Hours of some weekdays; `days` are those on which it begins. */
export interface Window {
  days: Weekday[];
  /** "01:00"; a `to` that is not later is on the next day. */
  from: string;
  to: string;
  /** The device's own clock, or one zone for all. */
  zone: 'device' | (string & {});
}

/** Some of a policy's devices, and when a release may be handed out to them: a delivery date, never a due date. */
export interface Ring {
  /** Unique within the policy. */
  name: string;
  /** `devices`: so many, chosen when a rollout begins. `rest`: all that are left, as the last ring always means. */
  who: { kind: 'percent'; percent: number } | { kind: 'devices'; count: number } | { kind: 'match'; match: PolicyMatch } | { kind: 'rest' };
  /** Not sooner after the ring before it opened; the first: after the release was first seen. */
  afterMs: number;
  /** What has to be seen in this ring before the next one opens. */
  promote: Promote;
}

export interface Promote {
  /** `person`: when somebody approves. */
  by: 'health' | 'person';
  /** So many percent of those that got the release run it. */
  successPercent: number;
  /** The ring has been open for so long. */
  soakMs: number;
  /** So many devices run it, or all of the ring where it is smaller. */
  minimum: number;
  /** The next one opens so long after this one anyway, unless the rollout was halted. */
  atLatestMs?: number;
}

/** Of those that got a release, over all rings. */
export interface Halt {
  /** Failed, in percent. */
  failedPercent: number;
  /** Failures count from so many devices on, or from all that are in open rings of so many devices. Absent: 10. */
  of?: number;
  /** Seen, and without any progress for two days, in percent. Absent: never. */
  stuckPercent?: number;
}

/** A time in which no date falls and no install command is sent, on each device's own clock (rule 16). */
export interface Blackout {
  name?: string;
  from: LocalDateTime;
  /** The first moment after it. */
  until: LocalDateTime;
}

/** What update commands may do beyond the default (rules 26, 27). Nothing of it concerns declarations. */
export interface CommandOptions {
  /** InstallForceRestart from the date on: restarts at once, unsaved work is lost. macOS 11+, minor updates. */
  forceRestart?: boolean;
  /** NotifyOnly before the date (macOS). */
  notifyOnly?: boolean;
  /** InstallLater with MaxUserDeferrals before the date (macOS 12+, minor updates): Apple picks the hour. */
  userDeferrals?: number;
}

/** Every given field must match; an absent one matches all. */
export interface PolicyMatch {
  platform?: Platform[];
  /** Product identifiers ("iPad13,4"), `*` at the end allowed ("iPad13,*"). */
  model?: string[];
  os?: VersionRange;
  supervised?: boolean;
  ids?: string[];
  serials?: string[];
  /** Any of these. */
  tags?: string[];
  /** How long ago it was enrolled, ms; where that was before Ratchet, when it was first heard of. */
  enrolledFor?: { atLeastMs?: number; lessThanMs?: number };
}

export type PolicyTarget =
  | { kind: 'latest' }
  /** Newest release of the major version the device runs. */
  | { kind: 'latest-minor' }
  /** As many releases before the newest that Apple has listed for the device. */
  | { kind: 'behind'; by: 1 | 2 }
  /** Newest release of this major version. */
  | { kind: 'major'; major: number }
  | { kind: 'exact'; version: VersionText }
  /** The release this build is one of; declarations name the build. */
  | { kind: 'build'; build: string };

/** `follow`: the newest one for the release a device is to run. `only`: this one and no other. */
export type Improvements = 'ignore' | 'follow' | { only: VersionText };

export type PolicyDue =
  /** Device-local wall time. */
  | { kind: 'date'; at: LocalDateTime }
  /** `days` after the ledger's clock started, at that device-local time of day ("18:00"), on the first of these weekdays from then on. */
  | { kind: 'days'; days: number; at: string; weekdays?: Weekday[]; severity?: SeverityDays };

/** Days in place of those of the policy, by how severe a release is for a device. What is absent has none of its own. */
export interface SeverityDays {
  /** It fixes an actively exploited CVE. */
  exploited?: number;
  /** It fixes a CVE rated critical, or is one of `criticalVersions`; at the latest then also what is exploited. */
  critical?: number;
  criticalVersions?: readonly VersionText[];
  /** It is of another major version than the device runs, whatever it fixes. May be longer. */
  major?: number;
}

/**
 * Settings of ratchet.yaml that hold for every policy. Stored as they are: what a later version adds must be optional, here
 * and in `Policy`.
 */
export interface PolicySet {
  /** Ceiling for every policy's mode. */
  mode: Mode;
  /** IANA zone for devices that don't tell theirs. */
  timeZone: string;
  /** Least time between fetching a declaration and its date. */
  noticeMs: number;
  /** Grace of a device that was silent past its date, counted from its return. */
  graceReturningMs: number;
  /** Grace of a new enrollment. */
  graceNewEnrollmentMs: number;
  /** Longest that graces may put a date off, counted from the return. */
  hardStopMs: number;
  /** Takes over devices that already take part in someone's declarative management. */
  dmAdopt: boolean;
  /** For all policies. */
  blackouts?: readonly Blackout[];
  /** So long before a blackout overdue dates are taken back; default 24 h. */
  blackoutLeadMs?: number;
  /** Of policies that have no settings of their own: the very same object stands in them. */
  settings?: SoftwareUpdateSettings;
  /** Absent: none, which no file means: one that has read them has all that are not given by default. */
  limits?: Limits;
  policies: Policy[];
}

/** Devices touched at once, over all policies (rule 22). What is absent is the larger of 50 and a tenth of the fleet. */
export interface Limits {
  /** Newly handed an update on one day of `timeZone`. */
  newPerDay?: number;
  /** With their enforced date on the same day of their own clocks. */
  restartsPerDate?: number;
  /** The same for the devices of a tag; no default. */
  perTag?: Readonly<Record<string, number>>;
}
