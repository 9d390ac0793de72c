import { platformOf } from '../os/platform.ts';
import { compareVersions, formatVersion, type OsVersion, parseVersion, type VersionText } from '../os/version.ts';
import { DAY_MS, type Instant } from '../time/local.ts';
import type { Catalogue, CatalogueRelease } from './catalogue.types.ts';
import type { Severities, SofaPlatform, ToldPlatform } from './severity.types.ts';

/** Whether Apple's list and SOFA name the same newest releases. One that lags behind is late, down, or wrong. */

export interface Disagreement {
  platform: SofaPlatform;
  /** Who names the newer release. */
  newerIn: 'sofa' | 'apple';
  version: VersionText;
  /** Newest of the same major version that the other one names; undefined when it names none. */
  other: VersionText | undefined;
  /** Our clock when the newer one was first heard of. */
  since: Instant;
}

interface Named {
  version: OsVersion;
  since: Instant;
}

/** How long one of the two may lag behind before a person is told. SOFA follows Apple's list within two hours (median 40 minutes). */
const LAG_MAX_MS = DAY_MS;

/** Every disagreement there is now, newest of each major version by newest. */
export function disagreements(catalogue: Catalogue | undefined, severities: Severities | undefined): Disagreement[] {
  if (catalogue?.heldAt === undefined) return [];
  return (severities?.platforms ?? []).flatMap((told) => {
    const apple = newestOf(catalogue.releases.flatMap((release) => listedFor(release, told.platform)));
    const sofa = newestOf(namedBy(told));
    return [...lagging(told.platform, 'sofa', sofa, apple), ...lagging(told.platform, 'apple', apple, sofa)];
  });
}

/** Those that last: the one that lags was heard since, a day and more after the other named the release. */
export function lastingDisagreements(catalogue: Catalogue | undefined, severities: Severities | undefined, now: Instant): Disagreement[] {
  return disagreements(catalogue, severities).filter(({ platform, newerIn, since }) => {
    const told = severities?.platforms.find((one) => one.platform === platform);
    const otherHeardAt = (newerIn === 'sofa' ? catalogue?.lastCheckedAt : told?.goodAt) ?? 0;
    return now - since > LAG_MAX_MS && otherHeardAt > since;
  });
}

/** A major version that only one names counts where it is newer than all of the other: old ones leave both at their own time. */
function lagging(
  platform: SofaPlatform,
  newerIn: Disagreement['newerIn'],
  one: ReadonlyMap<number, Named>,
  other: ReadonlyMap<number, Named>,
): Disagreement[] {
  if (other.size === 0) return [];
  const newestMajor = Math.max(...other.keys());
  return [...one].flatMap(([major, { version, since }]) => {
    const counterpart = other.get(major);
    if (counterpart === undefined ? major < newestMajor : compareVersions(version, counterpart.version) <= 0) return [];
    const named = counterpart && formatVersion(counterpart.version);
    return [{ platform, newerIn, version: formatVersion(version), other: named, since }];
  });
}

function newestOf(named: readonly Named[]): Map<number, Named> {
  const newest = new Map<number, Named>();
  for (const one of named) {
    const known = newest.get(one.version.major);
    if (known === undefined || compareVersions(one.version, known.version) > 0) newest.set(one.version.major, one);
  }
  return newest;
}

function namedBy({ releases }: ToldPlatform): Named[] {
  return releases.flatMap(({ version: text, isTold, firstToldAt }) => {
    const version = parseVersion(text);
    return isTold && version?.extra === '' ? [{ version, since: firstToldAt }] : [];
  });
}

function listedFor(release: CatalogueRelease, platform: SofaPlatform): Named[] {
  const groups = release.groups.filter(
    (group) =>
      group.unlistedAt === undefined && !group.isImprovement && group.devices.some((key) => sofaPlatformOf(release, key) === platform),
  );
  if (groups.length === 0) return [];
  return [{ version: release.version, since: Math.min(...groups.map(({ firstSeenAt }) => firstSeenAt)) }];
}

/** Which feed tells of a release for a lookup key: iPads, Apple TVs and watches stand under Apple's key iOS. */
export function sofaPlatformOf({ platform }: Pick<CatalogueRelease, 'platform'>, deviceKey: string): SofaPlatform | undefined {
  if (platform === 'macOS') return 'macOS';
  if (platform === 'visionOS') return 'visionOS';
  if (platform !== 'iOS') return undefined;
  const of = platformOf(deviceKey);
  if (of === 'tvOS') return 'tvOS';
  return of === 'iOS' || of === 'iPadOS' ? 'iOS' : undefined;
}
