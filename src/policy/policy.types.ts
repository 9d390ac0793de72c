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
  target: PolicyTarget;
  due: PolicyDue;
  /** Shown to the user by the device. */
  detailsUrl?: string;
  mode: Mode;
  paused: boolean;
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
}

export type PolicyTarget =
  | { kind: 'latest' }
  /** Newest release of the major version the device runs. */
  | { kind: 'latest-minor' }
  | { kind: 'exact'; version: VersionText };

export type PolicyDue =
  /** Device-local wall time. */
  | { kind: 'date'; at: LocalDateTime }
  /** `days` after the ledger's clock started, at that device-local time of day ("18:00"). */
  | { kind: 'days'; days: number; at: string };

/** Settings of ratchet.yaml that hold for every policy. */
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
  policies: Policy[];
}
