import { type EnrollmentState, known, knownExtra, observedWhen } from '../../enrollment/state.ts';
import type { Platform } from '../../os/platform.ts';
import { compareVersions, type OsVersion, parseVersion } from '../../os/version.ts';
import type { Gathered, ReconcileCommit } from '../../store/store.ts';
import { HOUR_MS } from '../../time/local.ts';

/** What a commit brought a device to, for those who count. Each comes once for a device and what it is about. */
export type Milestone =
  /** It was seen at a release that was wanted of it, or above, so long after the clock of its date began. */
  | { kind: 'verified'; platform: Platform; afterMs: number }
  /** A date in force was over by two hours, and it was not known to run what the date was for. */
  | { kind: 'missed-date'; platform: Platform };

/** An installation takes that long: the date is when it begins. */
export const MISSED_AFTER_MS = 2 * HOUR_MS;

/** Both are told by comparing with what was stored before, so nothing need be remembered. */
export function milestonesOf(
  { state: before, decision, lines }: Pick<Gathered, 'state' | 'decision' | 'lines'>,
  { state, decision: next, summary }: Pick<ReconcileCommit, 'state' | 'decision' | 'summary'>,
): Milestone[] {
  if (before === undefined || decision === undefined) return [];
  const platform = summary.platform as Platform;
  const runs = versionOf(state);
  const found: Milestone[] = [];
  const ran = versionOf(before);
  if (ran !== undefined && runs !== undefined && compareVersions(runs, ran) > 0) {
    const at = observedWhen(state, 'osVersion');
    for (const { policy, version, clockStartAt } of lines) {
      const wanted = parseVersion(version);
      if (policy !== decision.policy || wanted === undefined) continue;
      if (compareVersions(wanted, ran) > 0 && compareVersions(wanted, runs) <= 0)
        found.push({ kind: 'verified', platform, afterMs: Math.max(0, at - clockStartAt) });
    }
  }
  const { enforcement, counted } = decision;
  if (enforcement === undefined || counted?.date === undefined) return found;
  const missedAt = enforcement.latestAt + MISSED_AFTER_MS;
  const wanted = parseVersion(enforcement.version);
  const isThere = runs !== undefined && wanted !== undefined && compareVersions(runs, wanted) >= 0;
  if (decision.decidedAt < missedAt && next.decidedAt >= missedAt && !isThere) found.push({ kind: 'missed-date', platform });
  return found;
}

function versionOf(state: EnrollmentState): OsVersion | undefined {
  return parseVersion(known(state, 'osVersion'), knownExtra(state));
}
