import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../time/local.ts';

/**
 * All waiting times of delivery as pure functions of a count. docs/operations.md prints the table.
 */

/** Between tries of an enqueue the host did not take: 10 s doubling to 15 min. */
export function enqueueBackoffMs(tries: number): number {
  return Math.min(10_000 * 2 ** Math.min(tries - 1, 10), 15 * MINUTE_MS);
}

export const NOT_NOW_BACKOFF_MAX_MS = 6 * HOUR_MS;

/** Pushes for a command answered NotNow: 15 min doubling to 6 h. */
export function notNowBackoffMs(count: number): number {
  return Math.min(15 * MINUTE_MS * 2 ** Math.min(count - 1, 10), NOT_NOW_BACKOFF_MAX_MS);
}

/** A new attempt after one that ended without success: 1 h doubling to 24 h. */
export function attemptBackoffMs(attempt: number): number {
  return Math.min(HOUR_MS * 2 ** Math.min(attempt - 1, 10), DAY_MS);
}

/** Between pushes the push service did not take: 1 min doubling to 6 h. */
export function pushBackoffMs(tries: number): number {
  return Math.min(MINUTE_MS * 2 ** Math.min(tries - 1, 10), 6 * HOUR_MS);
}

/** A lease is given back after this; longer than any host call may take. */
export const LEASE_MS = 2 * MINUTE_MS;
/** A question without an answer may be taken for lost after this (rule 28 has the other condition). */
export const RESULT_TIMEOUT_MS = DAY_MS;
/** The same for an update command that may install. */
export const INSTALL_RESULT_TIMEOUT_MS = 3 * DAY_MS;
/** Two Idle reports this far apart show that the host has nothing queued. */
export const IDLE_APART_MS = 15 * MINUTE_MS;
/** After an Idle report the answer to a queued command comes within seconds; its webhook may be late. */
export const ANSWER_DELAY_MS = 5 * MINUTE_MS;
/** An entry never enqueued is given up after this. */
export const PENDING_MAX_MS = 7 * DAY_MS;
/** One device is not pushed more often than this. */
export const PUSH_SPACING_MS = 3 * MINUTE_MS;

export function isPast(instant: Instant | undefined, now: Instant): boolean {
  return instant !== undefined && instant <= now;
}
