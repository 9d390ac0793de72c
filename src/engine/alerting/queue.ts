import type { AlertDelivery } from '../../store/store.ts';
import { instantOfHttpDate } from '../../time/http-date.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../time/local.ts';
import { AlertMessage } from './message.ts';

/** What waits for a target: how much, how long, and how often it is tried. Pure. */

/** Messages that wait for one target; beyond, the oldest go. */
export const WAITING_MAX = 200;
/** A message that was not taken for so long is old news. */
const WAITING_MS_MAX = 3 * DAY_MS;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 30 * MINUTE_MS;
/** A target may ask to be left alone for so long, and no longer. */
const RETRY_AFTER_MAX_MS = 6 * HOUR_MS;

export interface QueueChange {
  add: AlertDelivery[];
  remove: AlertDelivery[];
}

/**
 * Makes room: what is too many or too old gives way to one line that says how many these were, which stands before the rest.
 * `busy` is under way and stays. The queue is of one target, oldest first.
 */
export function dropOld(queue: readonly AlertDelivery[], now: Instant, newId: () => string, busy?: string): QueueChange {
  const free = queue.filter(({ id }) => id !== busy);
  const isMark = (delivery: AlertDelivery) => dropped(delivery) !== undefined;
  const messages = free.filter((delivery) => !isMark(delivery));
  const tooMany = Math.max(0, messages.length - WAITING_MAX);
  const gone = messages.filter(({ at }, index) => index < tooMany || now - at > WAITING_MS_MAX);
  const [first] = gone;
  if (first === undefined) return { add: [], remove: [] };
  const marks = free.filter(isMark);
  const count = gone.length + marks.reduce((sum, mark) => sum + (dropped(mark) ?? 0), 0);
  const id = newId();
  const message: AlertMessage = { schema: 'ratchet.alert/1', id, at: now, event: 'dropped', count };
  const stay = messages.filter((delivery) => !gone.includes(delivery));
  // Only what is added later comes later: the line goes before the rest by adding the rest again.
  return { remove: [...marks, ...gone, ...stay], add: [{ id, target: first.target, at: now, body: JSON.stringify(message) }, ...stay] };
}

function dropped({ body }: AlertDelivery): number | undefined {
  const message = AlertMessage.safeParse(JSON.parse(body));
  return message.success && message.data.event === 'dropped' ? message.data.count : undefined;
}

/** Before the next try, after `tries` that failed: 10 s doubling to 30 min, each shortened by up to a fifth, by chance (0 to 1). */
export function waitMs(tries: number, chance: number): number {
  const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(tries - 1, 20), LONGEST_WAIT_MS);
  return Math.round(wait * (1 - chance / 5));
}

export type Verdict = { kind: 'taken' } | { kind: 'later'; waitMs?: number } | { kind: 'refused' };

/** What a status means: 5xx, 408 and 429 pass; a redirection is not followed, so that nothing is told to somebody else. */
export function judgeStatus(status: number, retryAfter: string | null, now: Instant): Verdict {
  if (status >= 200 && status < 300) return { kind: 'taken' };
  if (status < 500 && status !== 408 && status !== 429) return { kind: 'refused' };
  const wait = retryAfterMs(retryAfter ?? '', now);
  return { kind: 'later', ...(wait === undefined ? {} : { waitMs: wait }) };
}

/** Seconds, or a date; undefined for what is neither. */
function retryAfterMs(text: string, now: Instant): number | undefined {
  const until = /^\d{1,9}$/.test(text.trim()) ? now + Number(text) * 1_000 : instantOfHttpDate(text);
  return until === undefined ? undefined : Math.min(Math.max(0, until - now), RETRY_AFTER_MAX_MS);
}
