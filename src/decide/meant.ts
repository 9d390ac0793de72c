import { compareVersions, formatVersion, isInRange, type OsVersion } from '../os/version.ts';
import type { Policy } from '../policy/policy.types.ts';
import type { Offer } from '../releases/catalogue.types.ts';
import type { Instant } from '../time/local.ts';

/** Which of a device's releases a policy means, apart from whether they can be installed now. */

/** Newest first, as the offers are. The first is wanted; a device that can't take it gets the next it can. */
export function meantBy(policy: Policy, offers: readonly Offer[], version: OsVersion): readonly Offer[] {
  const { target } = policy;
  const allowed = offers.filter((offer) => isAllowed(policy, offer));
  switch (target.kind) {
    case 'latest-minor':
      return allowed.filter((offer) => offer.version.major === version.major);
    case 'major':
      return allowed.filter((offer) => offer.version.major === target.major);
    case 'behind': {
      const newest = systemsOf(policy, offers)[target.by];
      return newest === undefined ? [] : allowed.filter((offer) => compareVersions(baseOf(offer), newest.version) <= 0);
    }
    default:
      return allowed;
  }
}

/**
 * When the policy began to mean this release, as far as releases decide that (rule 10): when it was first seen; for n-1,
 * when the one before which it stands was.
 */
export function meantSince(policy: Policy, offers: readonly Offer[], offer: Offer): Instant {
  const { target } = policy;
  if (target.kind !== 'behind') return offer.firstSeenAt;
  const newer = systemsOf(policy, offers).filter((other) => compareVersions(other.version, baseOf(offer)) > 0);
  const seen = newer.map(({ firstSeenAt }) => firstSeenAt).sort((a, b) => a - b);
  return Math.max(offer.firstSeenAt, seen[target.by - 1] ?? offer.firstSeenAt);
}

/**
 * The device runs n-1 or newer, though that is listed no longer. Where fewer releases are known than n-1 takes, any of them
 * is newer than whatever n-1 was.
 */
export function isAboveNumber(policy: Policy, offers: readonly Offer[], version: OsVersion): boolean {
  if (policy.target.kind !== 'behind') return false;
  const systems = systemsOf(policy, offers);
  const named = systems[policy.target.by] ?? systems.at(-1);
  return named !== undefined && compareVersions(version, named.version) >= 0;
}

/** What n-1 counts: each version once, also those no longer listed, none that Apple took back. Newest first. */
function systemsOf({ cap }: Policy, offers: readonly Offer[]): readonly Offer[] {
  const counted = offers.filter(
    (offer) => !offer.isImprovement && offer.withdrawnAt === undefined && (cap === undefined || isInRange(offer.version, cap)),
  );
  const versions = new Set<string>();
  return counted.filter(({ version }) => {
    const text = formatVersion(version);
    const isFirst = !versions.has(text);
    versions.add(text);
    return isFirst;
  });
}

function isAllowed({ cap, improvements = 'ignore' }: Policy, offer: Offer): boolean {
  if (cap !== undefined && !isInRange(offer.version, cap)) return false;
  if (!offer.isImprovement || improvements === 'follow') return true;
  return improvements !== 'ignore' && formatVersion(offer.version) === improvements.only;
}

function baseOf({ version }: Offer): OsVersion {
  return { ...version, extra: '' };
}
