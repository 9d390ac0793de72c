import type { VersionText } from '../os/version.ts';
import type { ToldSeverity } from '../releases/severity.types.ts';
import type { PolicyDue } from './policy.types.ts';

/**
 * How severe a release is for one device under one policy, and the days that go with it (rule 7). `named`: critical
 * because the policy names its version.
 */
export type DueSeverity = 'exploited' | 'critical' | 'named' | 'major' | 'standard';

const DUE_SEVERITIES: readonly DueSeverity[] = ['exploited', 'critical', 'named', 'major', 'standard'];

export interface SeverityQuestion {
  due: PolicyDue;
  version: VersionText;
  /** Its major version is another than that of the device. */
  isMajor: boolean;
  /** By SOFA; undefined when it does not tell. */
  told: ToldSeverity | undefined;
}

/**
 * The severity that counts. Another major version is `major` and nothing else where the policy has days for it: fixes come
 * to the version a device runs as releases of their own.
 */
export function dueSeverityOf({ due, version, isMajor, told }: SeverityQuestion): DueSeverity {
  const days = due.kind === 'days' ? due.severity : undefined;
  if (days === undefined) return 'standard';
  if (isMajor && days.major !== undefined) return 'major';
  if (told === 'exploited' && days.exploited !== undefined) return 'exploited';
  if (days.critical === undefined) return 'standard';
  if (told === 'exploited' || told === 'critical') return 'critical';
  return days.criticalVersions?.includes(version) ? 'named' : 'standard';
}

/** Days of a due for a severity. */
export function daysFor(due: PolicyDue & { kind: 'days' }, severity: DueSeverity): number {
  const { exploited, critical, major } = due.severity ?? {};
  const own = { exploited, critical, named: critical, major, standard: due.days }[severity];
  return own ?? due.days;
}

/** The severity a ledger line was derived for, from its `dueSpec`. */
export function severityIn(dueSpec: string): DueSeverity {
  return DUE_SEVERITIES.find((severity) => dueSpec.endsWith(` (${severity})`)) ?? 'standard';
}

/** Why it has the days it has, for people; undefined for the policy's own. */
export function severityText(severity: DueSeverity): string | undefined {
  switch (severity) {
    case 'exploited':
      return 'it fixes an exploited CVE (SOFA)';
    case 'critical':
      return 'it fixes a critical CVE (SOFA)';
    case 'named':
      return 'the policy names it critical';
    case 'major':
      return 'it is another major version';
    case 'standard':
      return undefined;
  }
}
