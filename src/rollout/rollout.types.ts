import type { VersionText } from '../os/version.ts';
import type { ReleaseKey } from '../releases/catalogue.types.ts';
import type { Instant, LocalDateTime } from '../time/local.ts';

/**
 * One release under one policy: which of its rings are open, whether it goes on, and whether it is wanted sooner. Without rings
 * there is one only once a person expedited the release. Stored as JSON.
 */
export interface Rollout {
  policy: string;
  release: ReleaseKey;
  version: VersionText;
  /** Where the dates of the release count from: first seen, and required by the policy (rule 10). */
  clockStartAt: Instant;
  /** When the first device wanted it. */
  beganAt: Instant;
  /** In the order they opened; a ring never closes again. */
  openings: Opening[];
  /** Ids of the devices in rings of so many, by the ring's name; chosen when it began, and kept. */
  chosen: Record<string, string[]>;
  state: RolloutState;
  /** When it last went into this state, by whom ("ratchet", a user), and why. */
  changedAt: Instant;
  changedBy: string;
  because?: string;
  /** Names of rings after which a person lets it go on. */
  approved: string[];
  /** Failures of before do not count towards a halt: whoever resumed has seen them. */
  failuresSince: Instant;
  /** A person wants it sooner (rule 23); absent when not, or no more. */
  expedite?: Expedite;
}

/** Rings opened by a person, and an earlier date for the devices in them that still miss the release. */
export interface Expedite {
  /** By when, on each device's own clock; later where that would leave less than the notice of an expedited release. */
  due: LocalDateTime;
  at: Instant;
  by: string;
  because?: string;
  /** Names of rings: these and the ones before them. Absent: every device of the policy. */
  rings?: string[];
}

/**
 * `paused`: nothing new; what devices hold stays. `halted`: also taken back from whoever has not started. `skipped`: this
 * release is not wanted at all.
 */
export type RolloutState = 'running' | 'paused' | 'halted' | 'skipped';

export interface Opening {
  ring: string;
  at: Instant;
  because: string;
}

/**
 * Where one device stands in a rollout, as its last decision saw it. `waiting`: it is to get it; `delivered`: it fetched the
 * declaration or was sent the command (rule 13); `stuck`: seen, and no progress for two days; `excused`: it needs a person,
 * has left, or wants something newer, and says nothing about the release.
 */
export interface RolloutDevice {
  policy: string;
  release: ReleaseKey;
  version: VersionText;
  ring: string;
  state: 'waiting' | 'delivered' | 'stuck' | 'verified' | 'failed' | 'excused';
  /** When it came into this state; for `failed`, when it first did in this rollout. */
  since: Instant;
  /** When it first failed: that it does so again tells nothing new to whoever resumed since. */
  failedAt?: Instant;
}

/** How many devices of one ring are in which state. */
export interface RingHealth {
  waiting: number;
  delivered: number;
  stuck: number;
  verified: number;
  failed: number;
  excused: number;
  /** Of the failed, those since `failuresSince`. */
  failedSince: number;
}

/** What a device asks for that wants a release whose rollout has not begun. */
export interface RolloutDemand {
  policy: string;
  release: ReleaseKey;
  version: VersionText;
  clockStartAt: Instant;
}
