import type { EnrollmentState } from '../enrollment/state.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../time/local.ts';
import type { Enforcement } from './manifest.ts';

/** A device that is there says something of its date within this. */
export const SILENT_AFTER_MS = DAY_MS;

/**
 * A device that is seen after its date and has not said anything since then may not have our declarations any more: enrolled
 * anew while every webhook of that was lost, restored from a backup.
 */
export function isSilentAfter({ latestAt }: Enforcement, enrollment: EnrollmentState, now: Instant): boolean {
  return now >= latestAt + SILENT_AFTER_MS && isQuiet(latestAt, enrollment);
}

/** Since when it has been seen without having said anything of the date it holds. */
export interface Quiet {
  identifier: string;
  since: Instant;
}

export function quietSince(held: Enforcement, enrollment: EnrollmentState, before: Quiet | undefined, now: Instant): Quiet | undefined {
  if (!isQuiet(held.latestAt, enrollment)) return undefined;
  return before?.identifier === held.identifier ? before : { identifier: held.identifier, since: now };
}

/** It has been there for a day since it was first seen after its date; back from a weekend it has not, and may just be about to speak. */
export function wasQuietForLong(held: Enforcement, enrollment: EnrollmentState, quiet: Quiet | undefined, now: Instant): boolean {
  if (quiet === undefined || quiet.identifier !== held.identifier || !isQuiet(held.latestAt, enrollment)) return false;
  return now >= quiet.since + SILENT_AFTER_MS && enrollment.lastSeenAt >= quiet.since + SEEN_AGAIN_MS;
}

const SEEN_AGAIN_MS = HOUR_MS;

function isQuiet(latestAt: Instant, enrollment: EnrollmentState): boolean {
  return enrollment.lastSeenAt >= latestAt && lastReportedAt(enrollment) < latestAt;
}

/** When it last reported or fetched anything of declarative management that was news. */
function lastReportedAt(enrollment: EnrollmentState): Instant {
  const told = Object.values(enrollment.facts).filter((fact) => fact.source === 'status-report' || fact.source === 'ddm-answer');
  return Math.max(enrollment.fullReportAt, ...told.map((fact) => fact.observedAt), ...Object.values(enrollment.fetched));
}
