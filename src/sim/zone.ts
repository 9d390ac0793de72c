/**
 * Wall clocks of simulated devices, over the zone data of Intl. The world keeps its own conversion so that it
 * doesn't judge the application by the application's arithmetic.
 */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SLOT_MS = HOUR_MS / 4;
const SLOTS_A_DAY = 96;

const formats = new Map<string, Intl.DateTimeFormat>();
/** Offset in ms by zone and slot; formatting costs some 10 µs, and every event of a device is told in its time. */
const offsets = new Map<string, Map<number, number>>();

function measure(instant: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
  const wall = Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second);
  return wall - Math.floor(instant / 1000) * 1000;
}

/** How far a clock in `zone` is ahead of UTC at `instant`, ms. Throws RangeError on an unknown zone. */
export function offsetAt(instant: number, zone: string): number {
  let known = offsets.get(zone);
  if (!known) {
    known = new Map();
    offsets.set(zone, known);
  }
  // Where a UTC day begins and ends with the same offset, it has that one all day; else by quarters of an hour.
  const day = Math.floor(instant / DAY_MS);
  const first = at(known, day * SLOTS_A_DAY, zone);
  if (first === at(known, (day + 1) * SLOTS_A_DAY, zone)) return first;
  return at(known, Math.floor(instant / SLOT_MS), zone);
}

function at(known: Map<number, number>, slot: number, zone: string): number {
  let offset = known.get(slot);
  if (offset === undefined) {
    offset = measure(slot * SLOT_MS, zone);
    known.set(slot, offset);
  }
  return offset;
}

/** What a clock in `zone` shows at `instant`: yyyy-mm-ddThh:mm:ss. */
export function localTime(instant: number, zone: string): string {
  return new Date(instant + offsetAt(instant, zone)).toISOString().slice(0, 19);
}

/** Midnight of the device's day as if it were UTC: a number to compute with, turned back by `instantOfWall`. */
export function wallDayOf(instant: number, zone: string): number {
  const wall = instant + offsetAt(instant, zone);
  return wall - (wall % 86_400_000);
}

/**
 * The instant at which a clock in `zone` first shows this wall time (ms as if it were UTC). A time that a spring
 * change skips means the moment as far after the gap as it stood in it.
 */
export function instantOfWall(wall: number, zone: string): number {
  const early = wall - offsetAt(wall - 14 * HOUR_MS, zone);
  const late = wall - offsetAt(wall + 14 * HOUR_MS, zone);
  const fits = [early, late].filter((instant) => instant + offsetAt(instant, zone) === wall);
  if (fits.length > 0) return Math.min(...fits);
  return Math.max(early, late);
}

/** The instant of yyyy-mm-ddThh:mm:ss in `zone`; undefined when it is not such a text. */
export function instantOfLocal(local: string, zone: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(local)) return undefined;
  const wall = Date.parse(`${local}Z`);
  return Number.isNaN(wall) ? undefined : instantOfWall(wall, zone);
}
