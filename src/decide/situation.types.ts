import type { Fact } from '../enrollment/fact.ts';
import type { EnrollmentState } from '../enrollment/state.ts';
import type { Platform } from '../os/platform.ts';
import type { OsVersion, VersionText } from '../os/version.ts';
import type { MatchSubject, Untold } from '../policy/match.ts';
import type { Mode, Policy, Ring } from '../policy/policy.types.ts';
import type { Offer } from '../releases/catalogue.types.ts';
import type { NotInstallableReason } from '../releases/offers.ts';
import type { Rollout } from '../rollout/rollout.types.ts';
import type { Instant } from '../time/local.ts';
import type { DeviceChannel } from './channel.ts';
import type { CommandProgress } from './command-progress.ts';
import type { DecideInput } from './input.ts';
import type { Enforcement } from './manifest.ts';

/** What the policy wants of this device: a release open to it, being there already, or why neither. */
export type Target =
  | { kind: 'none' }
  | { kind: 'release'; offer: Offer; version: OsVersion; keptBecause?: string }
  /** Runs what is wanted, or newer. `offer` is the release it is measured against, when there is one. */
  | { kind: 'reached'; version: string; offer?: Offer }
  | { kind: 'not-offered'; version?: string }
  /** That one is there for it if it is supervised, which it has not told; nothing is otherwise. */
  | { kind: 'supervision-unknown'; offer: Offer }
  | { kind: 'withdrawn'; offer: Offer }
  | { kind: 'expired'; offer: Offer; because: NotInstallableReason }
  /** The policy means it, and rings keep it back: nothing older that is open is newer than what the device runs. */
  | { kind: 'ring-closed'; offer: Offer; version: VersionText; state: RingState };

/** Why rings keep a release back. */
export type Closed = 'not-begun' | 'not-open' | 'paused' | 'halted' | 'skipped';

/** What rings say of one release for one device. */
export interface RingState {
  /** Absent: the policy has no rings any more. */
  ring?: Ring;
  rollout?: Rollout;
  /** When its ring opened. */
  openedAt?: Instant;
  /** Why nothing new is handed out; undefined: it may be. */
  closed?: Closed;
}

/** What follows from the input before any check: computed once, read by all checks. */
export interface Situation {
  input: DecideInput;
  now: Instant;
  enrollment: EnrollmentState;
  platform: Platform;
  /** OS version as observed, with its extra. */
  version: OsVersion | undefined;
  build: string | undefined;
  /** What policies and rings are matched by. */
  subject: MatchSubject;
  policy: Policy | undefined;
  /** Another policy may match once this is known. */
  policyHangsOn: readonly Untold[];
  /** When time alone makes another policy match. */
  comesOfAgeAt: Instant | undefined;
  mode: Mode;
  deviceKey: string | undefined;
  offers: readonly Offer[];
  target: Target;
  zone: string;
  zoneAssumed: boolean;
  channel: DeviceChannel;
  /** What it told about updates by command; only there. */
  commandProgress: CommandProgress | undefined;
  /**
   * The enforcement in the committed manifest, if any, on the device's clock as it is known now; by commands, the date
   * they are sent from.
   */
  held: Enforcement | undefined;
  /** The device fetched that very declaration in this generation; a date of commands stays with us and counts as known. */
  isHeldFetched: boolean;
  /**
   * After a restore: what it said since that it holds. An enforcement among it is `held` and fetched; with `nothing` there
   * is none. Undefined: it has not said, or the store knows by itself.
   */
  readBack: Enforcement | 'nothing' | 'unknown' | undefined;
  /** The install state reported since it was fetched. */
  progress: Fact<string> | undefined;
  /** `installing` was reported for it: it can't be taken back (rule 18). */
  hasStarted: boolean;
}
