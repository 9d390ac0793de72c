import type { OutboxEntry } from '../delivery/outbox-entry.ts';
import type { EnrollmentState } from '../enrollment/state.ts';
import type { VersionText } from '../os/version.ts';
import type { LedgerLine } from '../policy/ledger.ts';
import type { PolicySet } from '../policy/policy.types.ts';
import type { Catalogue, ReleaseKey } from '../releases/catalogue.types.ts';
import type { Severities } from '../releases/severity.types.ts';
import type { Rollout, RolloutDevice } from '../rollout/rollout.types.ts';
import type { Instant, LocalDateTime } from '../time/local.ts';
import type { ForeignCommand } from './foreign-command.types.ts';
import type { Load } from './load.types.ts';
import type { Manifest, Order } from './manifest.ts';
import type { Overrides } from './overrides.types.ts';
import type { Placement, Placing } from './placement.ts';
import type { Quiet } from './silent-date.ts';

/** Everything a decision may look at, read before it is made. Absent data is a field, not an exception. */
export interface DecideInput {
  now: Instant;
  enrollment: EnrollmentState;
  memory: Memory;
  policies: PolicySet;
  /** What people call it: see `match.tags`. */
  tags: readonly string[];
  control: Control;
  /** What a person ordered for this one device; absent: nothing. */
  overrides?: Overrides;
  catalogue: Catalogue | undefined;
  /** Rollouts that have begun, by policy and release. */
  rollouts: Rollouts;
  /** Address of our own page for this device's owner; absent where there is none. No date hangs on it: one that stands keeps the page it was given. */
  ownersPage?: string;
  /** What other devices take up of the limits; absent: nothing is limited. */
  load?: Load;
  /** What SOFA told; undefined while it told nothing. */
  severities: Severities | undefined;
  /** New releases that devices of this fleet were offered; undefined where that is not kept: then nobody is said to wait for Apple. */
  offered?: OfferedReleases;
  /** Lines of this enrollment, all policies. */
  lines: readonly LedgerLine[];
  /** What was last committed for the -dm listener. */
  manifest: Manifest | undefined;
  /** Another server answers devices in our place; absent: we do (rule 32). */
  placing?: Placing;
  /** What is placed for this enrollment there; absent: nothing. */
  placement?: Placement;
  /** Commands of this enrollment, outstanding and recent. */
  commands: readonly OutboxEntry[];
  push: PushHistory;
  site: Site;
  /** Names the revisions of policies, catalogue and control this is decided on: a manifest of another basis is decided anew before it is answered. */
  basis: string;
  /** The server's clock disagrees with the feed's or runs behind our last commit (rule 4). */
  clockSuspect: string | undefined;
}

/** Of policies with rings. */
export type Rollouts = ReadonlyMap<string, ReadonlyMap<ReleaseKey, Rollout>>;

/** By release: the lookup keys (models) of which a device was seen to be offered it. */
export type OfferedReleases = ReadonlyMap<ReleaseKey, ReadonlySet<string>>;

/** The same, one by one, as stored; `at`: when it was noted. */
export interface OfferedRelease {
  release: ReleaseKey;
  deviceKey: string;
  at: Instant;
}

/** What one device was offered. */
export interface OfferedTo {
  deviceKey: string;
  releases: readonly ReleaseKey[];
}

/** What a person has ordered for the whole installation (rules 18, 21, 30, 35). */
export interface Control {
  state: 'running' | 'paused' | 'stopped' | 'left';
  /** What it was before a person left, and is again when that is undone. */
  leftFrom?: 'running' | 'paused' | 'stopped';
  /** Names of policies paused by a person. */
  pausedPolicies: readonly string[];
  /** Why Ratchet started held; undefined when it is not. */
  held: string | undefined;
  /** A person resumed after devices had reported declarations of ours that this store did not know: these are ours. */
  knowsForeignStore?: boolean;
  /** The store came out of a backup: what was handed out and sent in between is not in it (rule 35). */
  restored?: Restored;
}

/** A restore, by our clock. */
export interface Restored {
  /** When the backup was made. */
  backupAt: Instant;
  /** When Ratchet first started on it. */
  at: Instant;
}

/** What is known of the site's -dm wiring (rule 30). */
export interface Site {
  /** Any request ever reached our -dm listener. */
  dmReached: boolean;
  /** The one device declarative management is tried with first, since when. */
  first?: { enrollmentId: string; since: Instant };
  /** We answer in front of another declarative-management server (rule 31): what it has devices hold is in nobody's way. */
  mergesDdm?: boolean;
}

export interface PushHistory {
  lastSentAt: Instant;
  /** When the server last said that it has no push token of it; absent: it has, or nobody asked. */
  noTokenAt?: Instant;
}

/**
 * What earlier decisions must remember of this device, because the fold never keeps a maximum and a
 * decision sees only one moment. Written with the decision it belongs to.
 */
export interface Memory {
  /** The policy that requires releases of this device, which ones in words, and since when: where ledger clocks start. */
  requiredBy?: { policy: string; wants: string; since: Instant };
  /** When it was first sent a DeclarativeManagement command in this enrollment: it asks us by right since. */
  invitedAt?: Instant;
  /** The date it fetched and is not known to have given back. */
  holds?: { identifier: string; version: VersionText; local: LocalDateTime; since: Instant };
  /** The last ScheduleOSUpdate it answered that Ratchet did not send. */
  foreignCommand?: ForeignCommand;
  /** Since when each conflict of its decision has been there, by kind and identifier. */
  conflicts?: Record<string, Instant>;
  /** Since when its own list, all that can be known of a Mac without a key, has had no OS on it. */
  listedNothing?: { since: Instant; lastAt: Instant; times: number };
  /** By commands: the date they are sent from. */
  order?: Order;
  /** It was handed an update, and counts as new for that day. */
  turn?: Turn;
  /** Where it stands in the rollout of the release it is to get, or got last. */
  rollout?: RolloutDevice;
  /** The same for the newest release it wants, while it gets another, or none. */
  rolloutNext?: RolloutDevice;
  /** Releases it still misses and failed to install once, and when first: also while it gets another one. */
  rolloutFailures?: readonly RolloutFailure[];
  /** The restore this device was decided after, by its time, and the first contact since. */
  restored?: { at: Instant; seenAt?: Instant };
  /** The newest contact when the last decision was made: how a return is told from staying. */
  lastSeenAt: Instant;
  /** It was seen at its target then. */
  verified?: { version: string; at: Instant };
  /** Seen below what it was verified at (rule 19). */
  fellBackAt?: Instant;
  /** Of `placing`: since when it has been there past its date and said nothing of it. */
  quiet?: Quiet;
  /** Silent past its date: withdrawn until seen (rule 15). */
  silent?: { since: Instant; local: LocalDateTime; missed: VersionText };
  /** It was seen again after having been silent past its date. Forgotten when it has installed what it missed then. */
  returned?: Return;
}

export interface Turn {
  /** Since when it has been handed an update it had not got to. */
  since: Instant;
  /** The day that counts for, yyyy-mm-dd by `timeZone` of the policies. */
  day: string;
  /** It got there on the same day, enrolled anew, or is not to be updated any more. */
  isOver?: true;
}

export interface RolloutFailure {
  policy: string;
  release: ReleaseKey;
  version: VersionText;
  at: Instant;
}

export interface Return {
  /** The latest return. */
  at: Instant;
  /** Graces of returns end here, counted from the first one. */
  hardStopAt: Instant;
  /** Version text of the release whose date it was silent past. */
  missed: VersionText;
}

export function newMemory(): Memory {
  return { lastSeenAt: 0 };
}
