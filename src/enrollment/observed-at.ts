import { type Instant, MINUTE_MS } from '../time/local.ts';

/** Later than this no event comes, but a clock set to another zone's time is off by an hour. */
export const LATE_MAX_MS = 55 * MINUTE_MS;

/**
 * When an event happened. The host stamps events just before sending, so its stamp orders late and swapped
 * deliveries; but its clock is not ours. A stamp ahead of our clock, or further behind it than any delay (the host never
 * queues; what forwards its events may, and keeps them in order), is a wrong clock: then our own counts.
 */
export function observedAt(createdAt: Instant | undefined, receivedAt: Instant): Instant {
  if (createdAt === undefined || createdAt > receivedAt || createdAt < receivedAt - LATE_MAX_MS) return receivedAt;
  return createdAt;
}
