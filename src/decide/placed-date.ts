import { type Instant, MINUTE_MS } from '../time/local.ts';
import type { DecideInput } from './input.ts';
import type { Placement } from './placement.ts';

/**
 * A report that was sent again comes so much later at most. Where the date it lists was there before, it may speak of that.
 */
const SENT_AGAIN_MS = 35 * MINUTE_MS;

/**
 * Of `placing`: what the device told of that date, it told of it as it is in place now. A list is no proof of having it, so
 * a date counts as fetched by its own fetch or a report, after it came to stay where it is.
 */
export function hasToldOf({ placement, enrollment }: Pick<DecideInput, 'placement' | 'enrollment'>, identifier: string): boolean {
  if (placement?.enforcement !== identifier) return false;
  const { enforcementSince = 0, toldSince = enforcementSince, tookAway } = placement;
  const { fetched, declarations } = enrollment;
  const isBack = tookAway === identifier;
  const fetchedSince = isBack ? enforcementSince : toldSince;
  const reportedSince = isBack ? enforcementSince + SENT_AGAIN_MS : fetchedSince;
  return isSince(fetched[identifier], fetchedSince) || isSince(declarations[identifier]?.observedAt, reportedSince);
}

function isSince(at: Instant | undefined, since: Instant): boolean {
  return at !== undefined && at >= since;
}

/** What a clock that was ahead noted happened at no time that can be compared: then as if it had always been so. */
export function withoutFuture(placement: Placement, now: Instant): Placement {
  const { at, enforcementSince = 0, toldSince = enforcementSince } = placement;
  if (at <= now && enforcementSince <= now) return placement;
  if (enforcementSince <= now) return { ...placement, at: 0 };
  return { ...placement, at: at > now ? 0 : at, enforcementSince: 0, toldSince: toldSince > now ? 0 : toldSince };
}
