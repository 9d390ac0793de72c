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
  const { enforcementSince = 0, tookAway } = placement;
  const { fetched, declarations } = enrollment;
  const reportedSince = enforcementSince + (tookAway === identifier ? SENT_AGAIN_MS : 0);
  return (fetched[identifier] ?? -1) >= enforcementSince || (declarations[identifier]?.observedAt ?? -1) >= reportedSince;
}

/** What a clock that was ahead noted happened at no time that can be compared: then as if it had always been so. */
export function withoutFuture(placement: Placement, now: Instant): Placement {
  const { at, enforcementSince = 0 } = placement;
  if (at <= now && enforcementSince <= now) return placement;
  return { ...placement, at: at > now ? 0 : at, enforcementSince: enforcementSince > now ? 0 : enforcementSince };
}
