import type { Overrides } from '../../decide/overrides.types.ts';
import { LATEST_ZONE_MS } from '../../time/local.ts';
import { utcDateOf } from '../../time/utc-date.ts';
import type { OverrideAnswer } from '../device-answers.ts';

/** What of it still means something: a day that is not over everywhere. */
export function overridesOf({ paused, exempt, moreTime }: Overrides = {}, now: number): OverrideAnswer[] {
  const today = utcDateOf(now - LATEST_ZONE_MS);
  return [
    ...(paused ? [{ kind: 'paused' as const, ...paused }] : []),
    ...(exempt && exempt.until >= today ? [{ kind: 'exempt' as const, ...exempt }] : []),
    ...(moreTime && moreTime.until >= today ? [{ kind: 'more-time' as const, ...moreTime }] : []),
  ];
}
