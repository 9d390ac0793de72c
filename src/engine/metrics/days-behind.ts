import { PLATFORMS, type Platform, platformOf } from '../../os/platform.ts';
import { parseVersion } from '../../os/version.ts';
import { type VersionKey, versionKeyOf } from '../../os/version-key.ts';
import { groupOf } from '../../reasons/groups.ts';
import type { Catalogue, CatalogueRelease } from '../../releases/catalogue.types.ts';
import { DAY_MS, type Instant } from '../../time/local.ts';
import { type UtcDate, utcDateOf } from '../../time/utc-date.ts';
import type { FleetCount } from '../fleet-tally.ts';
import { BEHIND } from './label-values.ts';

/** Of one platform: versions in ascending order, each with the first day on which Apple offered one above. */
type Ladder = readonly { key: VersionKey; offered: UtcDate }[];

/** Since when devices of a platform that run a version lack a newer one, by Apple's list alone: which model can take what is left out. */
export type Behind = (platform: string, runs: string) => UtcDate | undefined;

/** Made once for each list of releases: some 30,000 pairs of release and device are looked at. */
export function behindBy(catalogue: Catalogue | undefined): Behind {
  const ladders = new Map<string, Ladder>();
  const offered = (catalogue?.releases ?? []).flatMap(offersOf);
  for (const platform of PLATFORMS) {
    const ladder = offered.filter((offer) => offer.platform === platform).sort((a, b) => b.key - a.key);
    let first: UtcDate | undefined;
    const withFirst = ladder.map(({ key, offered: day }) => {
      first = first === undefined || day < first ? day : first;
      return { key, offered: first };
    });
    ladders.set(platform, withFirst.reverse());
  }
  return (platform, runs) => {
    const version = parseVersion(runs);
    if (version === undefined) return undefined;
    const key = versionKeyOf(version);
    return ladders.get(platform)?.find((step) => step.key > key)?.offered;
  };
}

/** One for each platform it was for. An improvement of what a device runs is no release to be behind of. */
function offersOf({ platform, version, groups }: CatalogueRelease): { platform: Platform; key: VersionKey; offered: UtcDate }[] {
  const key = versionKeyOf(version);
  const days = new Map<Platform, UtcDate>();
  for (const { devices, isImprovement, withdrawnAt, postingDate, firstSeenAt } of groups) {
    if (isImprovement || withdrawnAt !== undefined) continue;
    const seen = utcDateOf(firstSeenAt);
    const day = postingDate !== undefined && postingDate < seen ? postingDate : seen;
    for (const device of devices) {
      const of = platform === 'macOS' ? 'macOS' : platformOf(device);
      const known = days.get(of);
      if (known === undefined || day < known) days.set(of, day);
    }
  }
  return [...days].map(([of, offered]) => ({ platform: of, key, offered }));
}

/** Devices by platform and days, of those that are not where they should be. */
export function daysBehind(
  counts: readonly FleetCount[],
  behind: Behind,
  now: Instant,
): { platform: string; days: string; devices: number }[] {
  const since = BEHIND.map(({ days, until }) => ({ days, from: Number.isFinite(until) ? utcDateOf(now - until * DAY_MS) : '' }));
  const found = new Map<string, { platform: string; days: string; devices: number }>();
  for (const { platform, runs, reason, devices } of counts) {
    const group = groupOf(reason);
    if (runs === undefined || group === undefined || group === 'current' || group === 'left-alone') continue;
    const offered = behind(platform, runs);
    const days = offered && since.find(({ from }) => offered >= from)?.days;
    if (days === undefined) continue;
    const key = `${platform} ${days}`;
    found.set(key, { platform, days, devices: devices + (found.get(key)?.devices ?? 0) });
  }
  return [...found.values()];
}
