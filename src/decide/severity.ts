import { isCheckedOut, known } from '../enrollment/state.ts';
import { compareVersions, formatVersion, type OsVersion, parseVersion, type VersionText } from '../os/version.ts';
import type { LedgerLine } from '../policy/ledger.ts';
import type { Policy } from '../policy/policy.types.ts';
import { type DueSeverity, dueSeverityOf, severityIn } from '../policy/severity.ts';
import type { Offer } from '../releases/catalogue.types.ts';
import { isInstallable } from '../releases/offers.ts';
import { isMoreSevere, releasesTold, severityOf, toldOf } from '../releases/severity.ts';
import type { Instant } from '../time/local.ts';
import type { Situation } from './situation.types.ts';

/** How severe releases are for the device that is decided (rule 7). */

/** A severity and since when it is known; without `since`, it needs no news. */
export interface KnownSeverity {
  severity: DueSeverity;
  since?: Instant;
}

/** Of a release for this device, by what is known now. */
export function severityNow({ input, platform, version }: Situation, policy: Policy, release: VersionText): KnownSeverity {
  const wanted = parseVersion(release);
  if (wanted === undefined || version === undefined) return { severity: 'standard' };
  const told = toldOf(input.severities, platform, wanted);
  const severity = dueSeverityOf({
    due: policy.due,
    version: release,
    isMajor: wanted.major !== version.major,
    told: told && severityOf(told),
  });
  return severity === 'exploited' || severity === 'critical' ? { severity, ...(told ? { since: told.severeSince } : {}) } : { severity };
}

/**
 * True when SOFA has taken back what the line was derived for. A release it has never told of, or tells of no more, takes
 * nothing back (rule 10).
 */
export function isTakenBack({ input, platform }: Situation, line: LedgerLine): boolean {
  const was = severityIn(line.dueSpec);
  if (was !== 'exploited' && was !== 'critical') return false;
  const version = parseVersion(line.version);
  const told = version && toldOf(input.severities, platform, version);
  return told !== undefined && isMoreSevere(was, severityOf(told));
}

/** A release between the one a device runs and its target: whoever installs the target gets its fixes too. */
export interface Missed {
  release: string;
  version: VersionText;
  /** When it was first seen: by the list of releases or, where that no longer has it, by SOFA. */
  firstSeenAt: Instant;
}

/**
 * The releases of its own major version that the device misses and that SOFA calls severe, newest first. They never were
 * its target, so they have no line yet: the store is new, the device was away, or the news came late.
 */
export function severeMissed({ input, platform, version, offers }: Situation, policy: Policy, offer: Offer): Missed[] {
  const days = policy.due.kind === 'days' ? policy.due.severity : undefined;
  if (days === undefined || version === undefined) return [];
  // Who gave major versions days of their own does not want one hurried by what its predecessor fixed.
  if (offer.version.major !== version.major && days.major !== undefined) return [];
  return releasesTold(input.severities, platform).flatMap((told): Missed[] => {
    if (severityOf(told) === 'standard') return [];
    const missed = parseVersion(told.version);
    if (missed === undefined || missed.extra !== '' || !isBetween(missed, version, offer.version)) return [];
    const listed = offers.find((one) => compareVersions(one.version, missed) === 0);
    return [
      {
        release: listed?.release ?? `${offer.platform} ${formatVersion(missed)}`,
        version: formatVersion(missed),
        firstSeenAt: listed?.firstSeenAt ?? told.firstToldAt,
      },
    ];
  });
}

/**
 * Whether it misses a release that fixes something known to be exploited, whatever its policy wants: one that is newer than
 * what it runs, and not newer than what it could install now. Undefined where that can't be told: SOFA tells nothing of its
 * platform, it left, or its version or what it is offered is not known.
 */
export function missesExploitedFix({ input, now, platform, version, offers, enrollment }: Situation): boolean | undefined {
  const told = releasesTold(input.severities, platform);
  if (told.length === 0 || version === undefined || offers.length === 0 || isCheckedOut(enrollment)) return undefined;
  const conditions = { isSupervised: known(enrollment, 'isSupervised') ?? false, now, combinedImprovements: true };
  for (const release of told) {
    const fix = release.exploited > 0 ? parseVersion(release.version) : undefined;
    if (fix === undefined) continue;
    // The newest come first: all that follow it has.
    if (compareVersions(fix, version) <= 0) return false;
    if (offers.some((offer) => !offer.isImprovement && compareVersions(offer.version, fix) >= 0 && isInstallable(offer, conditions)))
      return true;
  }
  return false;
}

function isBetween(missed: OsVersion, runs: OsVersion, target: OsVersion): boolean {
  return missed.major === runs.major && compareVersions(missed, runs) > 0 && compareVersions(missed, target) < 0;
}
