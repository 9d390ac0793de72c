import { compareVersions, formatVersion, type OsVersion, parseVersion } from '../os/version.ts';
import { DAY_MS, type Instant, instantOf, localDaysAfter } from '../time/local.ts';
import type { SpanCount } from './exposure.ts';
import { installsAt, ownerStep, presenceAt } from './owners.ts';

/**
 * The rule that Ratchet is not: the newest release for the device, so many days after it appeared; when a newer one appears,
 * that one, and the date anew. The same devices, owners and absences, so that the difference is the rule's.
 */

/** What is newest for a device from then on. */
export interface Newest {
  at: Instant;
  version: OsVersion;
}

export interface NaiveDevice {
  id: string;
  osVersion: string;
  zone: string;
  away: number;
  days: number;
  /** "18:00" */
  timeOfDay: string;
  newest: readonly Newest[];
}

export interface NaiveCount {
  /** Times that a device that was behind had its date moved later. */
  datesMovedLater: number;
  datesSet: number;
  exposed: SpanCount;
  exploited: SpanCount;
  overdue: SpanCount;
}

export interface NaiveWorld {
  seed: string;
  start: Instant;
  end: Instant;
  /** Spans in which a device that runs a version misses an exploited fix, given what is newest for it. */
  exploitedSpans(device: NaiveDevice, runs: OsVersion, from: Instant, to: Instant): readonly { from: Instant; to: Instant }[];
}

/** One device through the whole recording; adds to `count`. */
export function followNaively(device: NaiveDevice, world: NaiveWorld, count: NaiveCount): void {
  const { start, end } = world;
  let runs = parseVersion(device.osVersion);
  if (runs === undefined) return;
  let now = start;
  while (now < end) {
    const current = newestAt(device, now);
    if (current === undefined || compareVersions(current.version, runs) <= 0) {
      const next = device.newest.find(({ at, version }) => at > now && compareVersions(version, runs as OsVersion) > 0);
      if (next === undefined) return;
      now = next.at;
      continue;
    }
    const { at, version } = untilInstalled(device, runs, now, current, world, count);
    const until = Math.min(at, end);
    count.exposed.add(now, until, 1);
    for (const span of world.exploitedSpans(device, runs, now, until)) count.exploited.add(span.from, span.to, 1);
    runs = version;
    now = at;
  }
}

/** When a device that is behind since `since` installs, and what. */
function untilInstalled(
  device: NaiveDevice,
  runs: OsVersion,
  since: Instant,
  first: Newest,
  { seed, start, end }: NaiveWorld,
  count: NaiveCount,
): { at: Instant; version: OsVersion } {
  const step = ownerStep(seed, device.id, formatVersion(runs));
  let target = first;
  let setAt = since;
  for (;;) {
    const dueAt = dateOf(device, Math.max(setAt, target.at));
    count.datesSet += 1;
    const wished = installsAt(step, { since, toldAt: since, dueAt }) ?? end;
    const { isAway, until } = presenceAt(device.away, start, Math.max(wished, setAt));
    const installAt = isAway ? until : Math.max(wished, setAt);
    const newer = device.newest.find(({ at, version }) => at > setAt && compareVersions(version, target.version) !== 0);
    const isReplaced = newer !== undefined && newer.at < Math.min(installAt, end);
    const heldUntil = Math.min(isReplaced ? newer.at : installAt, end);
    count.overdue.add(Math.max(dueAt, setAt), heldUntil, 1);
    if (!isReplaced) return { at: Math.max(installAt, since + 1), version: target.version };
    // Taken back to what it runs or older: nothing is asked of it until something newer comes.
    if (compareVersions(newer.version, runs) <= 0) return { at: newer.at, version: runs };
    if (dateOf(device, newer.at) > dueAt) count.datesMovedLater += 1;
    target = newer;
    setAt = newer.at;
  }
}

function newestAt({ newest }: NaiveDevice, now: Instant): Newest | undefined {
  return newest.findLast(({ at }) => at <= now);
}

/** Fleets share a few dates: one takes 30 µs to compute. */
const dates = new Map<string, Instant>();
const DATES_MAX = 20_000;

function dateOf({ days, timeOfDay, zone }: Pick<NaiveDevice, 'days' | 'timeOfDay' | 'zone'>, seenAt: Instant): Instant {
  const key = `${seenAt} ${days} ${timeOfDay} ${zone}`;
  let date = dates.get(key);
  if (date === undefined) {
    date = instantOf(localDaysAfter(seenAt, days, timeOfDay, zone), zone);
    if (dates.size >= DATES_MAX) dates.clear();
    dates.set(key, date);
  }
  return date;
}

/** A device that never updates, as both rules see it. */
export interface Laggard {
  /** How long it was watched. */
  days: number;
  naiveMovedLater: number;
  naiveOverdueDays: number;
  ledgerOverdueDays: number;
}

/**
 * Newest release plus `days`, for a device that is behind from the first of `newest` on and installs nothing, beside the
 * ledger, whose first date stands. Days are counted from the beginning, one look a day.
 */
export function followLaggard(newest: readonly Newest[], days: number, end: Instant): Laggard | undefined {
  const [first] = newest;
  if (first === undefined) return undefined;
  const total = Math.floor((end - first.at) / DAY_MS);
  let naiveOverdueDays = 0;
  let ledgerOverdueDays = 0;
  for (let day = 0; day < total; day += 1) {
    const at = first.at + day * DAY_MS;
    const current = newest.findLast((one) => one.at <= at) ?? first;
    if (at >= current.at + days * DAY_MS) naiveOverdueDays += 1;
    if (at >= first.at + days * DAY_MS) ledgerOverdueDays += 1;
  }
  return { days: total, naiveMovedLater: newest.length - 1, naiveOverdueDays, ledgerOverdueDays };
}
