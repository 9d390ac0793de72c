import type { Instant } from '../../time/local.ts';

/**
 * Whether a group was written after a device had it placed: it may have been without it, or with less of it, in between. What
 * a clock that was ahead noted happened at no time that can be compared: then as if it had not.
 */
export function isWrittenSince(writtenAt: Instant | undefined, placedAt: Instant, now: Instant): boolean {
  return writtenAt !== undefined && writtenAt <= now && placedAt <= now && writtenAt > placedAt;
}
