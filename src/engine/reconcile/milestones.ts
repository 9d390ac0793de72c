import { type EnrollmentState, known, knownExtra, observedWhen } from '../../enrollment/state.ts';
import type { Platform } from '../../os/platform.ts';
import { compareVersions, type OsVersion, parseVersion } from '../../os/version.ts';
import type { Gathered, ReconcileCommit } from '../../store/store.ts';
import { HOUR_MS } from '../../time/local.ts';

/** What a commit brought a device to, for those who count. Each comes once for a device and what it is about. */
export type Milestone =
  /** It was seen at a release that was wanted of it, or above, so long after the clock of its date began. */
  | { kind: 'verified'; platform: Platform; afterMs: number }
  /** A date in force passed, and two hours later (or when it was back from silence) it was not known to run what that was for. */
  | { kind: 'missed-date'; platform: Platform };

/** An installation takes that long: the date is when it begins. */
export const MISSED_AFTER_MS = 2 * HOUR_MS;

type Before = Pick<Gathered, 'state' | 'memory' | 'decision' | 'lines'>;
type After = Pick<ReconcileCommit, 'state' | 'memory' | 'decision' | 'summary'>;

/** Both are told by comparing with what was stored before, so nothing need be remembered. */
export function milestonesOf(before: Before, after: After): Milestone[] {
  const platform = after.summary.platform as Platform;
  const verified = reachedLines(before, after).map((afterMs): Milestone => ({ kind: 'verified', platform, afterMs }));
  return isDateMissed(before, after) ? [...verified, { kind: 'missed-date', platform }] : verified;
}

/** Of each release that its policy wanted and that it is seen at only now: for how long. */
function reachedLines({ state: before, decision, lines }: Before, { state }: After): number[] {
  const [ran, runs] = [before && versionOf(before), versionOf(state)];
  if (ran === undefined || runs === undefined || compareVersions(runs, ran) <= 0) return [];
  return lines.flatMap(({ policy, version, clockStartAt }) => {
    const wanted = parseVersion(version);
    const isReached = wanted !== undefined && compareVersions(wanted, ran) > 0 && compareVersions(wanted, runs) <= 0;
    return isReached && policy === decision?.policy ? [Math.max(0, observedWhen(state, 'osVersion') - clockStartAt)] : [];
  });
}

/** The date that was in force, or that it was silent past: over since the last look, or given up because it is back without the update. */
function isDateMissed({ memory, decision }: Before, { state, memory: now, decision: { decidedAt } }: After): boolean {
  if (memory === undefined || decision === undefined) return false;
  const { enforcement, counted } = decision;
  const inForce = enforcement !== undefined && counted?.date !== undefined ? enforcement : undefined;
  const overAt = inForce?.latestAt ?? memory.silent?.since;
  const wanted = parseVersion(inForce?.version ?? memory.silent?.missed);
  if (overAt === undefined || wanted === undefined || decision.decidedAt >= overAt + MISSED_AFTER_MS) return false;
  const runs = versionOf(state);
  if (runs !== undefined && compareVersions(runs, wanted) >= 0) return false;
  const isGivenUp = now.returned !== undefined && now.returned.at !== memory.returned?.at && now.returned.at >= overAt;
  return decidedAt >= overAt + MISSED_AFTER_MS || isGivenUp;
}

function versionOf(state: EnrollmentState): OsVersion | undefined {
  return parseVersion(known(state, 'osVersion'), knownExtra(state));
}
