import { HOUR_MS, type Instant, MINUTE_MS } from '../time/local.ts';

/** Later than this no event comes, but a clock set to another zone's time is off by an hour. */
export const LATE_MAX_MS = 55 * MINUTE_MS;
/** Stamps of one moment may differ by as much as a clock may be off without being doubted (rule 4). */
export const CLOCK_OFF_MS = 10 * MINUTE_MS;
/** The least an event was late is remembered for this long at least, and twice as long at most: clocks drift. */
const REMEMBERED_MS = 6 * HOUR_MS;

/** Tells when events happened. One for each server, for as long as the process runs. */
export type StampReader = (createdAt: Instant | undefined, receivedAt: Instant) => Instant;

/**
 * When an event happened, by our clock. The host stamps events just before sending, so its stamp orders late and swapped
 * deliveries; but its clock is not ours. A stamp ahead of our clock, or further behind it than any delay (the host never
 * queues; what forwards its events may, and keeps them in order), is of a wrong clock. How wrong it is the event shows that
 * came the fastest: what comes later than that was sent earlier. The first under a clock so wrong counts as sent just now.
 */
export function createStampReader(): StampReader {
  /** The least by which an event seemed late: now, and in the span before. Below zero where their clock is ahead. */
  let least: { since: Instant; now: number; before: number } | undefined;

  function leastLate(late: number, receivedAt: Instant): number {
    const known = least && Math.min(least.now, least.before);
    // By more than an event can be late: one of the clocks was set.
    const isSet = known === undefined || late > known + LATE_MAX_MS || late < known - LATE_MAX_MS;
    if (isSet || least === undefined) least = { since: receivedAt, now: late, before: late };
    else if (receivedAt < least.since || receivedAt >= least.since + REMEMBERED_MS)
      least = { since: receivedAt, now: late, before: least.now };
    else least.now = Math.min(least.now, late);
    return Math.min(least.now, least.before);
  }

  return (createdAt, receivedAt) => {
    if (createdAt === undefined) return receivedAt;
    const known = leastLate(receivedAt - createdAt, receivedAt);
    const wrongBy = known >= 0 && known <= LATE_MAX_MS ? 0 : known;
    return Math.min(receivedAt, Math.max(createdAt + wrongBy, receivedAt - LATE_MAX_MS));
  };
}
