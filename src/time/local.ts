import { Temporal } from 'temporal-polyfill';

/**
 * The one place where instants and device wall time are converted into each other.
 * Disambiguation: a wall time that a spring change skips means the moment after the gap ("later");
 * one that an autumn change repeats means its first occurrence ("earlier"). Temporal calls that "compatible".
 */

/** Epoch milliseconds. */
export type Instant = number;

/** Device wall time without zone: yyyy-mm-ddThh:mm:ss (Apple's TargetLocalDateTime). */
export type LocalDateTime = string;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The earliest zone in use is UTC+14: there a wall time comes this much before UTC. */
export const EARLIEST_ZONE_MS = 14 * HOUR_MS;
/** The latest zone in use is UTC-12. */
export const LATEST_ZONE_MS = 12 * HOUR_MS;

/** Answers of isTimeZone: asking the runtime takes 60 µs, and a decision asks once. Devices choose the names, so it is bounded. */
const zones = new Map<string, boolean>();
const ZONES_MAX = 2_000;

/** True for an IANA zone this runtime knows. A bare offset ("+02:00") is none: newer runtimes take it, older ones don't. */
export function isTimeZone(zone: string): boolean {
  let known = zones.get(zone);
  if (known === undefined) {
    known = asksRuntime(zone);
    if (zones.size >= ZONES_MAX) zones.clear();
    zones.set(zone, known);
  }
  return known;
}

function asksRuntime(zone: string): boolean {
  if (/^[+-]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** True for yyyy-mm-ddThh:mm:ss with a real date. */
export function isLocalDateTime(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(text)) return false;
  try {
    Temporal.PlainDateTime.from(text, { overflow: 'reject' });
    return true;
  } catch {
    return false;
  }
}

/** The instant at which a clock in `zone` first shows `local`. Throws RangeError on an unknown zone. */
export function instantOf(local: LocalDateTime, zone: string): Instant {
  const key = `${local} ${zone}`;
  let instant = instants.get(key);
  if (instant === undefined) {
    instant = Temporal.PlainDateTime.from(local).toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
    if (instants.size >= INSTANTS_MAX) instants.clear();
    instants.set(key, instant);
  }
  return instant;
}

/** Answers of instantOf: one takes 15 µs, a decision asks several times, and a fleet shares a few dates in a few zones. */
const instants = new Map<string, Instant>();
const INSTANTS_MAX = 5_000;

/** What a clock in `zone` shows at `instant`, cut to the second. */
export function localOf(instant: Instant, zone: string): LocalDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant)
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'second', roundingMode: 'floor' });
}

/** The instant at which `local` has passed nowhere before: as if the device were in the earliest zone. */
export function earliestInstantOf(local: LocalDateTime): Instant {
  return instantOf(local, 'UTC') - EARLIEST_ZONE_MS;
}

/** The instant at which `local` has passed everywhere. */
export function latestInstantOf(local: LocalDateTime): Instant {
  return instantOf(local, 'UTC') + LATEST_ZONE_MS;
}

/** `days` calendar days after the local date of `from` in `zone`, at `timeOfDay` ("18:00"). */
export function localDaysAfter(from: Instant, days: number, timeOfDay: string, zone: string): LocalDateTime {
  const date = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone).toPlainDate().add({ days });
  return date.toPlainDateTime(Temporal.PlainTime.from(timeOfDay)).toString({ smallestUnit: 'second' });
}

/** `days` calendar days after the date of `local`, at `timeOfDay` ("18:00"). */
export function daysAfter(local: LocalDateTime, days: number, timeOfDay: string): LocalDateTime {
  return `${Temporal.PlainDate.from(local.slice(0, 10)).add({ days }).toString()}T${timeOfDay}:00`;
}

/** 1 for Monday to 7 for Sunday. */
export function weekdayOf(local: LocalDateTime): number {
  return Temporal.PlainDateTime.from(local).dayOfWeek;
}

/** Calendar days from the date of one local time to that of another; negative where that is earlier. */
export function daysBetween(from: LocalDateTime, to: LocalDateTime): number {
  return Temporal.PlainDate.from(from.slice(0, 10)).until(to.slice(0, 10)).days;
}
