import type { ReleaseFeed } from '../../feeds/feed.ts';
import type { FeedMemory } from '../../store/store.ts';
import { DAY_MS, type Instant, MINUTE_MS } from '../../time/local.ts';

/** When the source of releases may be asked (rule 6), by what is remembered of asking it. Pure. */

const RETRY_MIN_MS = 15 * MINUTE_MS;
const RETRY_FACTOR = 4;
const NOT_BEFORE_MAX_MS = 8 * DAY_MS;
/** Reads remembered: those of some days, so that a clock that was in another year and is back finds those of before. */
const ASKED_KEPT_MAX = 24;

/** What is remembered of this source, or a new leaf for another one. */
export function memoryOf(feed: Pick<ReleaseFeed, 'name'>, remembered: FeedMemory | undefined): FeedMemory {
  return remembered?.source === feed.name ? remembered : { source: feed.name, askedAt: [] };
}

export interface Permission {
  /** The first moment it may be asked; not after `now`: at once. */
  at: Instant;
  because: 'free' | 'retry-after' | 'asked-enough';
}

/** Its own Retry-After holds first, then its reads of any 24 hours. */
export function mayAsk({ readsPerDayMax }: Pick<ReleaseFeed, 'readsPerDayMax'>, memory: FeedMemory, now: Instant): Permission {
  // Further off than any Retry-After we obey: our clock was wrong when it was noted.
  const notBefore = (memory.notBefore ?? 0) > now + NOT_BEFORE_MAX_MS ? 0 : (memory.notBefore ?? 0);
  const lately = askedLately(memory, now);
  // The one whose leaving the 24 hours makes room.
  const blocking = readsPerDayMax === undefined ? undefined : lately[lately.length - readsPerDayMax];
  const roomAt = blocking === undefined ? 0 : blocking + DAY_MS;
  if (notBefore > now && notBefore >= roomAt) return { at: notBefore, because: 'retry-after' };
  return roomAt > now ? { at: roomAt, because: 'asked-enough' } : { at: now, because: 'free' };
}

/** Noted before it is asked: what a crash interrupts counts too. */
export function noteAsked(memory: FeedMemory, now: Instant): FeedMemory {
  return { ...memory, askedAt: [...memory.askedAt, now].slice(-ASKED_KEPT_MAX) };
}

/** The connection never came about: nobody was asked. */
export function takeBackAsked(memory: FeedMemory, at: Instant): FeedMemory {
  const index = memory.askedAt.lastIndexOf(at);
  return { ...memory, askedAt: memory.askedAt.filter((_, each) => each !== index) };
}

/** Wait before the next try: 15 minutes where nobody was reached, else four times as long with each failure in a row. */
export function retryMs(failures: number, isUnreached: boolean, everyMs: number): number {
  const wait = isUnreached ? RETRY_MIN_MS : RETRY_MIN_MS * RETRY_FACTOR ** Math.min(failures - 1, 10);
  return Math.min(wait, everyMs);
}

/**
 * A clock that was set back by some hours leaves instants to come: they count, or setting it back would give reads away.
 * Those of a clock that ran in another year don't.
 */
function askedLately({ askedAt }: FeedMemory, now: Instant): Instant[] {
  return askedAt.filter((at) => at > now - DAY_MS && at < now + DAY_MS).sort((a, b) => a - b);
}
