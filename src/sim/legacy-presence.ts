import type { DeviceSpec } from './device.types.ts';
import { localTime } from './zone.ts';

/** Someone is logged in on a Shared iPad. */
export function hasUserLoggedIn({ legacy, timeZone }: DeviceSpec, at: number): boolean {
  if (legacy?.sharedIpad === undefined || legacy.sharedIpad === 'always') return legacy?.sharedIpad === 'always';
  const local = localTime(at, timeZone);
  const hour = Number(local.slice(11, 13));
  const weekday = new Date(`${local.slice(0, 10)}T00:00:00Z`).getUTCDay();
  return weekday >= 1 && weekday <= 5 && hour >= 7 && hour < 17;
}
