import { HOUR_MS, type Instant, instantOf, localDaysAfter, weekdayOf } from '../time/local.ts';
import { type Policy, WEEKDAYS, type Window } from './policy.types.ts';

/** Windows of install commands, on a clock. */

export const DEFAULT_WINDOWS: readonly Window[] = [{ days: [...WEEKDAYS], from: '01:00', to: '05:00', zone: 'device' }];

export interface Opening {
  opensAt: Instant;
  closesAt: Instant;
}

export function windowsOf(policy: Pick<Policy, 'windows'>): readonly Window[] {
  return policy.windows ?? DEFAULT_WINDOWS;
}

/** The opening `now` lies in, the one that closes last. `deviceZone` is the device's own or the fallback zone (rule 17). */
export function openingAt(windows: readonly Window[], now: Instant, deviceZone: string): Opening | undefined {
  const open = openings(windows, now, deviceZone).filter(({ opensAt, closesAt }) => opensAt <= now && now < closesAt);
  return open.reduce<Opening | undefined>((last, opening) => (last && last.closesAt >= opening.closesAt ? last : opening), undefined);
}

/** The opening `now` lies in, else the next one. */
export function openingFrom(windows: readonly Window[], now: Instant, deviceZone: string): Opening | undefined {
  const open = openingAt(windows, now, deviceZone);
  if (open) return open;
  const later = openings(windows, now, deviceZone).filter(({ opensAt }) => opensAt > now);
  return later.reduce<Opening | undefined>((first, opening) => (first && first.opensAt <= opening.opensAt ? first : opening), undefined);
}

/** When the next one opens, after `now`. */
export function nextOpeningAt(windows: readonly Window[], now: Instant, deviceZone: string): Instant | undefined {
  const later = openings(windows, now, deviceZone).filter(({ opensAt }) => opensAt > now);
  return later.length === 0 ? undefined : Math.min(...later.map(({ opensAt }) => opensAt));
}

/** Computing them takes 0.5 ms, a decision asks twice, and a fleet shares a few windows in a few zones. */
const known = new WeakMap<readonly Window[], Map<string, Opening[]>>();
const KNOWN_MAX = 500;
const BUCKET_MS = 6 * HOUR_MS;

/** Those that began yesterday to those that begin in a week, seen from the last quarter of a day. */
function openings(windows: readonly Window[], now: Instant, deviceZone: string): Opening[] {
  const from = Math.floor(now / BUCKET_MS) * BUCKET_MS;
  let byKey = known.get(windows);
  if (byKey === undefined || byKey.size >= KNOWN_MAX) {
    byKey = new Map();
    known.set(windows, byKey);
  }
  const key = `${from} ${deviceZone}`;
  let found = byKey.get(key);
  if (found === undefined) {
    found = openingsFrom(windows, from, deviceZone);
    byKey.set(key, found);
  }
  return found;
}

function openingsFrom(windows: readonly Window[], now: Instant, deviceZone: string): Opening[] {
  const found: Opening[] = [];
  for (const { days, from, to, zone: named } of windows) {
    const zone = named === 'device' ? deviceZone : named;
    for (let day = -1; day <= 8; day += 1) {
      const begins = localDaysAfter(now, day, from, zone);
      if (!days.includes(WEEKDAYS[weekdayOf(begins) - 1] as (typeof WEEKDAYS)[number])) continue;
      const ends = localDaysAfter(now, to > from ? day : day + 1, to, zone);
      found.push({ opensAt: instantOf(begins, zone), closesAt: instantOf(ends, zone) });
    }
  }
  return found;
}
