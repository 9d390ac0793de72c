import { CLOCK_OFF_MS } from '../enrollment/observed-at.ts';
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
  if (placement?.enforcement !== identifier || placement.mayHaveGone) return false;
  const { enforcementSince = 0, tookAway = [] } = placement;
  const { fetched, declarations } = enrollment;
  const [told, reported] = [fetched[identifier], declarations[identifier]?.observedAt];
  // It was never there before: what is told of it is about this, whether the server's stamps are by another clock or not.
  const isNew = !tookAway.includes(identifier);
  if (isNew) return isSince(told, enforcementSince - CLOCK_OFF_MS) || isSince(reported, enforcementSince - CLOCK_OFF_MS);
  return isSince(told, enforcementSince) || isSince(reported, enforcementSince + SENT_AGAIN_MS);
}

function isSince(at: Instant | undefined, since: Instant): boolean {
  return at !== undefined && at >= since;
}

/** What a clock that was ahead noted happened at no time that can be compared: then as if it had always been so. */
export function withoutFuture(placement: Placement, now: Instant): Placement {
  const { at, enforcementSince = 0 } = placement;
  if (at <= now && enforcementSince <= now) return placement;
  return { ...placement, at: at > now ? 0 : at, enforcementSince: enforcementSince > now ? 0 : enforcementSince };
}
