import { type Instant, MINUTE_MS } from '../time/local.ts';
import type { DecideInput } from './input.ts';

/**
 * What was placed for one enrollment in the declaration server that answers it in our place (rule 32). What it has there
 * is known by identifiers: these are named after the content, while that server makes tokens of its own.
 */
export interface Placement {
  /** Token of our manifest that is there; absent while it is being changed, or when that failed. */
  token?: string;
  /** Since when it is. */
  at: Instant;
  /** Identifiers of all our declarations that are there; while it is being changed, of those before. */
  identifiers: string[];
  /** Those of them that were not there before. */
  added: string[];
  /** The enforcement among them. */
  enforcement?: string;
  /** Since when that has been there without a break: whoever fetched it before may have given it up since. */
  enforcementSince?: Instant;
  /** The enforcement that was last taken away, or was found missing: it may come back. */
  tookAway?: string;
  /** Why it could not be placed when that was last tried. */
  problem?: string;
  /** The status report that was last read there. */
  reportId?: string;
}

/** How the server that declarations are placed in is reached. */
export interface Placing {
  /** Since when every call has been answered; in between devices may have asked in vain. */
  upSince: Instant;
  /** Why it is not reached. */
  problem?: string;
}

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
