import { DAY_MS, type Instant } from '../time/local.ts';

/**
 * When an event happened. The host stamps events just before sending, so its stamp orders late and swapped
 * deliveries; but its clock is not ours. A stamp ahead of our clock, or more than a day behind it, can't be
 * a delay the host is capable of (it never queues), so then our own clock counts.
 */
export function observedAt(createdAt: Instant | undefined, receivedAt: Instant): Instant {
  if (createdAt === undefined || createdAt > receivedAt || createdAt < receivedAt - DAY_MS) return receivedAt;
  return createdAt;
}
