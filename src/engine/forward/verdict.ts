import { instantOfHttpDate } from '../../time/http-date.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from '../../time/local.ts';

/** What the answer of a target means, and how long to wait. Pure. */

export type ForwardVerdict =
  | { kind: 'taken' }
  /** It is not there, or lets us not in: that is about the target, so all that waits for it waits on. */
  | { kind: 'later'; waitMs?: number }
  /** It is there and fails at this event: tried a few times more, lest one event holds up all others. */
  | { kind: 'failed' }
  /** It does not want this event. */
  | { kind: 'refused' };

/** Of an event at which a target fails. */
export const FAILED_TRIES_MAX = 5;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 5 * MINUTE_MS;
const RETRY_AFTER_MAX_MS = HOUR_MS;

/** Statuses by which the target, or the proxy before it, says that it can't now, or not for us. */
const LATER = [401, 403, 407, 408, 425, 429, 502, 503, 504];

/** Any 2xx is a yes. A redirection is not followed: what is sent holds secrets, and was meant for this address. */
export function judgeAnswer(status: number, retryAfter: string | null, now: Instant): ForwardVerdict {
  if (status >= 200 && status < 300) return { kind: 'taken' };
  if (LATER.includes(status) || (status >= 300 && status < 400)) {
    const waitMs = retryAfterMs(retryAfter ?? '', now);
    return { kind: 'later', ...(waitMs === undefined ? {} : { waitMs }) };
  }
  return { kind: status >= 500 || status === 404 ? 'failed' : 'refused' };
}

/** Before the next try, after `tries` that failed: 1 s doubling to 5 min, each shortened by up to a fifth, by chance (0 to 1). */
export function forwardWaitMs(tries: number, chance: number): number {
  const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(tries - 1, 20), LONGEST_WAIT_MS);
  return Math.round(wait * (1 - chance / 5));
}

/** Seconds, or a date; undefined for what is neither. */
function retryAfterMs(text: string, now: Instant): number | undefined {
  const until = /^\d{1,9}$/.test(text.trim()) ? now + Number(text) * 1_000 : instantOfHttpDate(text);
  return until === undefined ? undefined : Math.min(Math.max(0, until - now), RETRY_AFTER_MAX_MS);
}
