import { Temporal } from 'temporal-polyfill';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from './local.ts';
import { utcDateOf } from './utc-date.ts';

/**
 * RFC 3339 with Z and seconds, as Apple wants Timestamp; fractions are cut. Plain arithmetic instead of Temporal: every
 * device that asks for its tokens is answered with one (13 µs there, 0.5 here). Years 0000 to 9999.
 */
export function rfc3339(instant: Instant): string {
  const ofDay = instant - Math.floor(instant / DAY_MS) * DAY_MS;
  const hours = Math.floor(ofDay / HOUR_MS);
  const minutes = Math.floor((ofDay % HOUR_MS) / MINUTE_MS);
  const seconds = Math.floor((ofDay % MINUTE_MS) / 1_000);
  return `${utcDateOf(instant)}T${two(hours)}:${two(minutes)}:${two(seconds)}Z`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** "2024-06-30T19:16:07+00:00" or with Z, any offset; undefined for what is none. */
export function instantOfRfc3339(text: string): Instant | undefined {
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    return undefined;
  }
}
