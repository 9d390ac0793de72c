import type { VersionText } from '../os/version.ts';
import type { Instant } from '../time/local.ts';
import type { UtcDate } from '../time/utc-date.ts';

/** Platforms SOFA has a feed of and devices of which can be updated by MDM. iPads stand under iOS. */
export const SOFA_PLATFORMS = ['iOS', 'macOS', 'tvOS', 'visionOS'] as const;
export type SofaPlatform = (typeof SOFA_PLATFORMS)[number];

/** What a release fixes, as a feed tells it. `critical` and `exploited` count CVEs; one may be both. */
export interface Fixes {
  cves: number;
  /** Known to be exploited: said by Apple, or listed by CISA. */
  exploited: number;
  /** Rated "Critical" (in every recorded feed these are exploited too). */
  critical: number;
}

export interface SofaRelease extends Fixes {
  version: VersionText;
  builds: string[];
  /** Shown, never counted from. */
  releaseDate?: UtcDate;
}

/** One feed in normal form. */
export interface SofaAnswer {
  platform: SofaPlatform;
  /** Newest first, each version once. */
  releases: SofaRelease[];
  /** Entries that could not be read, or were of another platform. */
  droppedEntries: number;
  /** SHA-256 (hex) of which releases there are and how severe: what a repeated answer is known by. */
  digest: string;
}

/** How urgent a release is by what it fixes. */
export type ToldSeverity = 'exploited' | 'critical' | 'standard';

export interface ToldRelease extends SofaRelease {
  /** Our clock when it was first told of, and since when it counts as severe as it does (epoch ms). */
  firstToldAt: Instant;
  severeSince: Instant;
  /** The feed tells of it now; one that is left out keeps what was told. */
  isTold: boolean;
  /** The feed tells of less than is held, since then: believed when it goes on. */
  less?: Fixes & { since: Instant };
}

/** Why the last answer of a feed was not taken. */
export interface SofaDoubt {
  kind: 'empty' | 'older' | 'shrunk' | 'surge';
  /** One sentence for people. */
  detail: string;
  /** When this very answer (by digest) was first seen. */
  since: Instant;
  digest: string;
}

/** A release that is to be more severe than it counts as. */
export interface HeldRelease {
  version: VersionText;
  from: ToldSeverity;
  to: ToldSeverity;
  /** What stays in force of it. */
  before: Pick<ToldRelease, 'exploited' | 'critical' | 'severeSince'>;
}

/** What waits for a person because it touches many devices (rule 22). */
export interface HeldSeverities {
  /** The id it is accepted by, made at `plannedAt`. */
  plan: string;
  plannedAt: Instant;
  since: Instant;
  /** Devices. */
  handedOut: number;
  broughtForward: number;
  limit: number;
  releases: HeldRelease[];
}

/** What is held of one feed. */
export interface ToldPlatform {
  platform: SofaPlatform;
  /** Newest first. */
  releases: ToldRelease[];
  /** When the feed was last heard to say what is held, "not modified" included. */
  goodAt: Instant;
  doubt?: SofaDoubt;
  /** The answer that is doubted. */
  candidate?: SofaAnswer;
  /** Of `releases`, what is not in force. */
  held?: HeldSeverities;
}

/** All that SOFA told. A plain value, stored as JSON; folding makes a new one. */
export interface Severities {
  schema: 1;
  platforms: ToldPlatform[];
}

/** What a person should know after a fold. */
export type SeverityChange =
  | { kind: 'told'; platform: SofaPlatform; version: VersionText }
  /** `from` and `to` differ. To a lower one: what was said before is taken back. */
  | { kind: 'severity'; platform: SofaPlatform; version: VersionText; from: ToldSeverity; to: ToldSeverity }
  | { kind: 'doubtful'; platform: SofaPlatform; doubt: SofaDoubt }
  | { kind: 'doubt-ended'; platform: SofaPlatform };
