import type { EnrollmentState } from '../enrollment/state.ts';
import { DAY_MS, type Instant } from '../time/local.ts';
import type { Enforcement } from './manifest.ts';

/** So long after its date a device that is seen has said something of it. */
export const SILENT_AFTER_MS = DAY_MS;

/**
 * A device that is seen after its date and has not said anything since then may not have our declarations any more: enrolled
 * anew while every webhook of that was lost, restored from a backup.
 */
export function isSilentAfter({ latestAt }: Enforcement, enrollment: EnrollmentState, now: Instant): boolean {
  if (now < latestAt + SILENT_AFTER_MS) return false;
  return enrollment.lastSeenAt >= latestAt && lastReportedAt(enrollment) < latestAt;
}

/** When it last reported or fetched anything of declarative management that was news. */
function lastReportedAt(enrollment: EnrollmentState): Instant {
  const told = Object.values(enrollment.facts).filter((fact) => fact.source === 'status-report' || fact.source === 'ddm-answer');
  return Math.max(enrollment.fullReportAt, ...told.map((fact) => fact.observedAt), ...Object.values(enrollment.fetched));
}
