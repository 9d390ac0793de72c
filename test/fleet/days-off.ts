import type { FleetPolicy } from './harness.ts';

const DAY_MS = 86_400_000;
const NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** A date of the policy may fall on that day, as far as weekdays go. `local`: "2026-09-14T18:00:00". */
export function isAllowedDay({ weekdays }: FleetPolicy, local: string): boolean {
  return weekdays === undefined || weekdays.includes(NAMES[new Date(`${local}Z`).getUTCDay()] ?? 'sun');
}

/** No date falls then. */
export function isDayOff(policy: FleetPolicy, local: string): boolean {
  return !isAllowedDay(policy, local) || (policy.blackouts ?? []).some(({ from, until }) => from <= local && local < until);
}

/** The same hour so many days later, or earlier. */
export function daysLater(local: string, days: number): string {
  return new Date(Date.parse(`${local}Z`) + days * DAY_MS).toISOString().slice(0, 19);
}

/** How much later than without them everything may end. */
export function daysOffOf({ weekdays, blackouts = [], rings = [] }: FleetPolicy): number {
  // Twice: a device may have to wait for an allowed day before a blackout, and after it; and a day before and after each.
  const waits =
    (weekdays === undefined ? 0 : 7 * (blackouts.length + 1)) +
    rings.reduce((days, { afterHours, atLatestHours }) => days + (afterHours + atLatestHours) / 24 + 1, 0);
  return blackouts.reduce(
    (days, { from, until }) => days + 2 + Math.ceil((Date.parse(`${until}Z`) - Date.parse(`${from}Z`)) / DAY_MS),
    waits,
  );
}
