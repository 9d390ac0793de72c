import type { DeviceSpec, OwnerTraits } from './device.types.ts';
import type { Prng } from './prng.ts';
import { instantOfWall, wallDayOf } from './zone.ts';

/** When a device is on and connected. */
export interface Presence {
  isReachable(at: number): boolean;
  /** The first instant from `at` on at which it is; Infinity once it is gone for good. */
  nextReachable(at: number): number;
  /** End of the last long absence. */
  readonly lastReturn: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Draws the absences of `days` days from `start` on; after that the device is always there. */
export function createPresence(owner: OwnerTraits, timeZone: string, prng: Prng, start: number, days: number, goneFrom?: number): Presence {
  const absences: { from: number; until: number }[] = [...owner.holidays];
  const firstDay = wallDayOf(start, timeZone) - DAY;
  let offInARow = 0;
  for (let day = 0; day < days && !owner.isAlwaysOn; day++) {
    const wall = firstDay + day * DAY;
    const weekday = new Date(wall).getUTCDay();
    const evening = wall + 22 * HOUR + prng.int(0, 110) * MINUTE;
    const morning = wall + DAY + 6 * HOUR + prng.int(0, 110) * MINUTE;
    const isOff = prng.chance(owner.nightOff) && offInARow < (owner.nightsOffMax ?? Number.POSITIVE_INFINITY);
    if (isOff) absences.push(span(evening, morning));
    if (weekday >= 1 && weekday <= 4) offInARow = isOff ? offInARow + 1 : 0;
    if (weekday === 5 && prng.chance(owner.weekendOff))
      absences.push(span(wall + 19 * HOUR, wall + 3 * DAY + 7 * HOUR + prng.int(0, 90) * MINUTE));
  }
  const merged = merge(absences);

  function span(from: number, until: number): { from: number; until: number } {
    return { from: instantOfWall(from, timeZone), until: instantOfWall(until, timeZone) };
  }

  function absenceAt(at: number): { from: number; until: number } | undefined {
    let low = 0;
    let high = merged.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const absence = merged[middle] as { from: number; until: number };
      if (at < absence.from) high = middle - 1;
      else if (at >= absence.until) low = middle + 1;
      else return absence;
    }
    return undefined;
  }

  return {
    isReachable: (at) => (goneFrom === undefined || at < goneFrom) && absenceAt(at) === undefined,
    nextReachable(at) {
      const next = absenceAt(at)?.until ?? at;
      return goneFrom !== undefined && next >= goneFrom ? Number.POSITIVE_INFINITY : next;
    },
    lastReturn: owner.holidays.reduce((last, holiday) => Math.max(last, holiday.until), start),
  };
}

/** The next instant at which the device gets in touch by itself, as it does once a day. */
export function nextCheckIn({ owner, timeZone }: Pick<DeviceSpec, 'owner' | 'timeZone'>, now: number): number {
  const wall = wallDayOf(now, timeZone) + owner.checkInMinute * MINUTE;
  const today = instantOfWall(wall, timeZone);
  return today > now ? today : instantOfWall(wall + DAY, timeZone);
}

function merge(absences: { from: number; until: number }[]): { from: number; until: number }[] {
  const merged: { from: number; until: number }[] = [];
  for (const absence of absences.sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && absence.from <= last.until) last.until = Math.max(last.until, absence.until);
    else merged.push({ ...absence });
  }
  return merged;
}
