import { earliestInstantOf, type Instant, instantOf, type LocalDateTime, latestInstantOf } from '../time/local.ts';
import type { Enforcement } from './manifest.ts';

/** What is known of the clock a device reads its date on. */
export interface DeviceClock {
  zone: string;
  /** The device does not tell its zone: `zone` is the fallback, and it may be anywhere. */
  zoneAssumed: boolean;
}

/** When a device-local date comes, as far as its clock is known. */
export interface Moments extends DeviceClock {
  earliestAt: Instant;
  dueAt: Instant;
  latestAt: Instant;
}

export function momentsOf(local: LocalDateTime, { zone, zoneAssumed }: DeviceClock): Moments {
  const dueAt = instantOf(local, zone);
  return {
    zone,
    zoneAssumed,
    earliestAt: zoneAssumed ? Math.min(earliestInstantOf(local), dueAt) : dueAt,
    dueAt,
    latestAt: zoneAssumed ? Math.max(latestInstantOf(local), dueAt) : dueAt,
  };
}

/**
 * The same date on the clock as it is known now. A device travels, or tells its zone for the first time: the
 * declaration stays as it is, but the moment it means is another one, and with it its notice (rules 14, 17).
 */
export function onClock(enforcement: Enforcement, clock: DeviceClock): Enforcement {
  if (enforcement.zone === clock.zone && enforcement.zoneAssumed === clock.zoneAssumed) return enforcement;
  return { ...enforcement, ...momentsOf(enforcement.local, clock) };
}
