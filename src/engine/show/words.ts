import { isExpeditedSpec } from '../../policy/ledger.ts';
import { type DueSeverity, severityIn, severityText } from '../../policy/severity.ts';
import { REASONS } from '../../reasons/reasons.ts';
import type { StoredDecision } from '../../store/store.ts';

/** What is told of a decision, on every page in the same words. */

/** Reasons of a device that has its date before it. */
const BEFORE_ITS_DATE: ReadonlySet<string> = new Set(['waiting-for-date', 'prepared', 'downloading']);

/** The release it should run; a verified one has none to come and is told the one it reached. */
export function withTarget<T>(
  { target, reason, evidence }: Pick<StoredDecision, 'target' | 'reason' | 'evidence'>,
  to: (version: string, release: string) => T,
): T | undefined {
  if (target) return to(target.version, target.release);
  const reached = reason === 'verified' ? /^\S+ (.+)$/.exec(String(evidence.target)) : null;
  return reached?.[1] === undefined ? undefined : to(reached[1], reached[0]);
}

/** What happens next, or what is to be done. */
export function nextOf(decision: Pick<StoredDecision, 'next' | 'reason' | 'enforcement' | 'isHandedOut' | 'channel'>): string {
  if (decision.next.length > 0) return decision.next.join('; ');
  const date = decision.enforcement?.local.replace('T', ' ').replace(/:00$/, '');
  // Handed out, and nowhere where it could be fetched.
  const isThere = decision.isHandedOut && decision.reason !== 'declarations-not-placed';
  if (isThere && date !== undefined) return `installs at ${date} device time at the latest`;
  if (date !== undefined && decision.channel === 'commands' && BEFORE_ITS_DATE.has(decision.reason))
    return `install commands are sent from ${date} device time on`;
  return REASONS[decision.reason].remedy || 'nothing, as long as this stays so';
}

/** Of the line that binds it, where that has other days than its policy's. */
export function severityOf({ deadline }: Pick<StoredDecision, 'deadline'>): { severity?: DueSeverity } {
  const severity = deadline && severityIn(deadline.dueSpec);
  return severity === undefined || severity === 'standard' ? {} : { severity };
}

/** "iOS 26.1: 3 days at 18:00 (exploited), because …"; empty for the days of the policy. */
export function becauseOf({ deadline }: Pick<StoredDecision, 'deadline'>): string {
  if (deadline && isExpeditedSpec(deadline.dueSpec)) return `${deadline.release}: ${deadline.dueSpec}, because a person expedited it`;
  const why = deadline && severityText(severityIn(deadline.dueSpec));
  return why === undefined ? '' : `${deadline?.release}: ${deadline?.dueSpec}, because ${why}`;
}
