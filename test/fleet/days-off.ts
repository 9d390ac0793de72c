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

/** What one day takes at most: as given, or the larger of 50 and a tenth of so many devices (rule 22). */
export function limitsOf({ limits = {} }: FleetPolicy, devices: number): Required<NonNullable<FleetPolicy['limits']>> {
  const usual = Math.max(50, Math.floor(devices / 10));
  return { newPerDay: limits.newPerDay ?? usual, restartsPerDate: limits.restartsPerDate ?? usual };
}

/** How much later than without them everything may end, with so many devices. */
export function daysOffOf(policy: FleetPolicy, devices: number): number {
  const { weekdays, blackouts = [], rings = [] } = policy;

  // Twice: a device may have to wait for an allowed day before a blackout, and after it; and a day before and after each.
  const waits =
    (weekdays === undefined ? 0 : 7 * (blackouts.length + 1)) +
    rings.reduce((days, { afterHours, atLatestHours }) => days + (afterHours + atLatestHours) / 24 + 1, 0) +
    daysOfLimits(policy, devices);
  return blackouts.reduce(
    (days, { from, until }) => days + 2 + Math.ceil((Date.parse(`${until}Z`) - Date.parse(`${from}Z`)) / DAY_MS),
    waits,
  );
}

/** All may have to wait for their turn, and then for a day with room for their date. */
function daysOfLimits(policy: FleetPolicy, devices: number): number {
  const { newPerDay, restartsPerDate } = limitsOf(policy, devices);
  const daysFor = (perDay: number) => (perDay >= devices ? 0 : Math.ceil(devices / perDay));
  return daysFor(newPerDay) + Math.ceil((daysFor(restartsPerDate) * 7) / (policy.weekdays?.length ?? 7));
}
