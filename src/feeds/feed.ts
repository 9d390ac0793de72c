import type { Instant } from '../time/local.ts';

/** Where answers of Apple's software lookup service come from. One folder per source; only main.ts and tests import one. */
export interface ReleaseFeed {
  /** Names the source in logs and on pages; never holds a credential. */
  readonly name: string;
  /** How often it may be asked in 24 hours; absent: as often as one likes. */
  readonly readsPerDayMax?: number;
  /** Its answers come with the time of its server's clock. */
  readonly tellsTime?: true;
  /**
   * Reads once. `etag` is the one of the last answer read from this feed, whatever it looks like; without it the whole
   * answer is fetched.
   * Never rejects: whatever happens is an answer. It doesn't look into the body.
   */
  read(etag?: string): Promise<FeedAnswer>;
  /** Asks whether it is there, without fetching what it tells. Absent: read it. Never rejects. */
  reach?(): Promise<FeedReach>;
}

export type FeedReach =
  | { kind: 'reached'; date?: Instant; at: Instant }
  /** `isUnreached`: no name, no connection, no trust; else it answered, and refused. */
  | { kind: 'outage'; message: string; isUnreached: boolean };

export type FeedAnswer =
  | {
      kind: 'answer';
      /** Text as it came, at most `FEED_BODY_BYTES_MAX` bytes. */
      body: string;
      etag?: string;
      /** The source's own clock (HTTP `Date`), epoch ms: what rule 4 compares ours with. */
      date?: Instant;
      /** Our clock when the answer was there, epoch ms. */
      at: Instant;
    }
  /** The same as last time. `at` and `date` as above. */
  | { kind: 'not-modified'; date?: Instant; at: Instant }
  /** No data: an unreachable source, 403, 429, 5xx, a body that is too large. */
  | {
      kind: 'outage';
      message: string;
      retryAfterMs?: number;
      /** The source was never asked: no name, no connection, no trust. */
      isUnreached?: true;
    };

/** Apple's answers have some 120 kB; more than this is not one. */
export const FEED_BODY_BYTES_MAX = 20 * 1024 * 1024;
