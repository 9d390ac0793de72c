import type { Platform } from '../os/platform.ts';
import { compareVersions, type OsVersion, parseVersion } from '../os/version.ts';
import type { Catalogue } from '../releases/catalogue.types.ts';
import { isInstallable, offersFor } from '../releases/offers.ts';
import { releasesTold } from '../releases/severity.ts';
import type { Severities } from '../releases/severity.types.ts';
import type { Instant } from '../time/local.ts';
import type { Newest } from './naive.ts';

/** The newest OS for a device by its catalogue, background improvements aside. */
export function newestFor(catalogue: Catalogue, key: string, isSupervised: boolean, now: Instant): OsVersion | undefined {
  return offersFor(catalogue, key).find(
    (offer) => !offer.isImprovement && isInstallable(offer, { isSupervised, now, combinedImprovements: true }),
  )?.version;
}

/** What was newest for each kind of device and when: what exposure and the naive rule are counted by. */
export interface NewestHistory {
  note(catalogue: Catalogue, key: string, isSupervised: boolean, now: Instant): void;
  of(key: string, isSupervised: boolean): readonly Newest[];
}

export function createNewestHistory(): NewestHistory {
  const histories = new Map<string, Newest[]>();
  const nameOf = (key: string, isSupervised: boolean) => `${key} ${isSupervised}`;
  return {
    note(catalogue, key, isSupervised, now) {
      const version = newestFor(catalogue, key, isSupervised, now);
      if (version === undefined) return;
      const name = nameOf(key, isSupervised);
      const history = histories.get(name) ?? [];
      histories.set(name, history);
      const last = history.at(-1);
      if (last === undefined || compareVersions(last.version, version) !== 0) history.push({ at: now, version });
    },
    of: (key, isSupervised) => histories.get(nameOf(key, isSupervised)) ?? [],
  };
}

/** A release that fixes what is exploited, and since when that is known. */
export interface ExploitedFix {
  version: OsVersion;
  since: Instant;
}

export function exploitedFixes(severities: Severities | undefined, platform: Platform): ExploitedFix[] {
  return releasesTold(severities, platform).flatMap(({ version, exploited, severeSince, firstToldAt }) => {
    const parsed = parseVersion(version);
    return parsed && exploited > 0 ? [{ version: parsed, since: Math.max(severeSince, firstToldAt) }] : [];
  });
}

/**
 * From when on, between `from` and `to`, a device misses the fix of something exploited: one that is newer than what it
 * runs and not newer than what it is offered. Undefined: it does not.
 */
export function missesFixFrom(
  fixes: readonly ExploitedFix[],
  runs: OsVersion,
  newest: readonly Newest[],
  from: Instant,
  to: Instant,
): Instant | undefined {
  let earliest = Number.POSITIVE_INFINITY;
  for (const { version, since } of fixes) {
    if (since >= to || compareVersions(version, runs) <= 0) continue;
    const offeredAt = newest.find((one) => compareVersions(one.version, version) >= 0)?.at;
    if (offeredAt !== undefined) earliest = Math.min(earliest, Math.max(from, since, offeredAt));
  }
  return earliest < to ? earliest : undefined;
}
