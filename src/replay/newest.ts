import type { Platform } from '../os/platform.ts';
import { compareVersions, formatVersion, type OsVersion, parseVersion } from '../os/version.ts';
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

/** What was known to be exploited and when: SOFA takes back some of it after weeks. */
export interface ExploitedHistory {
  note(severities: Severities | undefined, now: Instant): void;
  /** When a device lacks the fix of something exploited, between `from` and `to`; disjoint, in order. */
  spans(platform: Platform, runs: OsVersion, newest: readonly Newest[], from: Instant, to: Instant): { from: Instant; to: Instant }[];
}

interface KnownFix {
  version: OsVersion;
  from: Instant;
  until: Instant;
}

export function createExploitedHistory(): ExploitedHistory {
  const known = new Map<Platform, Map<string, KnownFix[]>>();

  function noteOne(platform: Platform, severities: Severities | undefined, now: Instant): void {
    const versions = known.get(platform) ?? new Map<string, KnownFix[]>();
    known.set(platform, versions);
    const told = new Map(exploitedFixes(severities, platform).map(({ version }) => [formatVersion(version), version]));
    for (const [text, version] of told) {
      const fixes = versions.get(text) ?? [];
      if (fixes.at(-1)?.until !== Number.POSITIVE_INFINITY) fixes.push({ version, from: now, until: Number.POSITIVE_INFINITY });
      versions.set(text, fixes);
    }
    for (const [text, fixes] of versions) {
      const last = fixes.at(-1);
      if (last && !told.has(text)) last.until = Math.min(last.until, now);
    }
  }

  return {
    note(severities, now) {
      for (const platform of ['iOS', 'macOS'] as const) noteOne(platform, severities, now);
    },
    spans(platform, runs, newest, from, to) {
      const all = [...(known.get(platform === 'iPadOS' ? 'iOS' : platform)?.values() ?? [])].flat().flatMap((fix) => {
        if (compareVersions(fix.version, runs) <= 0) return [];
        const offeredAt = newest.find(({ version }) => compareVersions(version, fix.version) >= 0)?.at;
        const span = { from: Math.max(from, fix.from, offeredAt ?? to), to: Math.min(to, fix.until) };
        return span.from < span.to ? [span] : [];
      });
      const joined: { from: Instant; to: Instant }[] = [];
      for (const span of all.sort((a, b) => a.from - b.from)) {
        const last = joined.at(-1);
        if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
        else joined.push(span);
      }
      return joined;
    },
  };
}
