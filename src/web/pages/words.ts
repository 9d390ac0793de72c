import type { ReasonGroup } from '../../reasons/reason.types.ts';
import { rfc3339 } from '../../time/rfc3339.ts';

/** Numbers and times as pages show them. Times are UTC; dates on devices are the devices' own. */

export const GROUP_WORDS: Readonly<Record<ReasonGroup, { label: string; tone: string }>> = {
  current: { label: 'where they should be', tone: 'tone-current' },
  'on-the-way': { label: 'on the way', tone: 'tone-way' },
  'needs-person': { label: 'waiting for a person', tone: 'tone-person' },
  broken: { label: 'broken', tone: 'tone-broken' },
  held: { label: 'held back', tone: 'tone-rest' },
  'left-alone': { label: 'left alone', tone: 'tone-rest' },
};

export function number(value: number): string {
  return value.toLocaleString('en');
}

export function devices(count: number): string {
  return count === 1 ? '1 device' : `${number(count)} devices`;
}

/** "2026-11-22 04:31 UTC" */
export function instantText(at: number): string {
  return `${rfc3339(at).slice(0, 16).replace('T', ' ')} UTC`;
}

/** "2026-11-24T18:00:00" on a device's clock, as people read it. */
export function wallText(local: string): string {
  return local.slice(0, 16).replace('T', ' ');
}

/** Instants and wall clock times within a text of the engine, as the rest of the page has them. */
export function timesInText(text: string): string {
  return text.replace(
    /(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z?)/g,
    (_, day, time, utc) => `${day} ${time}${utc === 'Z' ? ' UTC' : ''}`,
  );
}

const STEPS: readonly [number, string][] = [
  [60_000, 'second'],
  [3_600_000, 'minute'],
  [86_400_000, 'hour'],
  [Number.POSITIVE_INFINITY, 'day'],
];
const UNIT_MS: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** "4 minutes ago", "in 2 days". */
export function agoText(at: number, now: number): string {
  const distance = Math.abs(now - at);
  const unit = STEPS.find(([below]) => distance < below)?.[1] ?? 'day';
  const count = Math.floor(distance / (UNIT_MS[unit] as number));
  if (unit === 'second') return at > now ? 'in a moment' : 'just now';
  const span = `${number(count)} ${unit}${count === 1 ? '' : 's'}`;
  return at > now ? `in ${span}` : `${span} ago`;
}
