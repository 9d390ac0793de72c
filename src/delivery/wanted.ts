import type { Instant } from '../time/local.ts';
import { attemptBackoffMs } from './backoff.ts';
import { isEnded, isOutstanding, type OutboxEntry, type RequestType } from './outbox-entry.ts';

/** Whether a command that is wanted may be sent now, and if not, when to look again. */
export type Permission = { may: true; attempt: number } | { may: false; because: 'outstanding' | 'backing-off'; until?: Instant };

/**
 * At most one command of a type outstanding per enrollment. After attempts that ended badly a new one
 * (its own UUID) waits 1 h doubling to 24 h; one that ended well leaves the way free.
 */
export function maySend(entries: readonly OutboxEntry[], requestType: RequestType, generation: Instant, now: Instant): Permission {
  const same = entries.filter((entry) => entry.requestType === requestType);
  if (same.some(isOutstanding)) return { may: false, because: 'outstanding' };
  const ended = same.filter(
    (entry) => isEnded(entry) && entry.state !== 'superseded' && !isMissedWindow(entry) && isOfThis(entry, generation),
  );
  ended.sort((a, b) => b.createdAt - a.createdAt || (a.commandUuid < b.commandUuid ? 1 : -1));
  const last = ended[0];
  if (last === undefined || (last.state === 'answered' && last.answer === 'Acknowledged')) return { may: true, attempt: 1 };
  const until = (last.endedAt ?? last.createdAt) + attemptBackoffMs(last.attempt);
  if (until > now) return { may: false, because: 'backing-off', until };
  return { may: true, attempt: last.attempt + 1 };
}

/** It was never sent because its device or its window had gone: nothing failed. */
function isMissedWindow(entry: OutboxEntry): boolean {
  return entry.state === 'expired' && entry.notAfter !== undefined;
}

/** The newest command of a type in this generation, ended or not. */
export function lastCommand(entries: readonly OutboxEntry[], requestType: RequestType, generation: Instant): OutboxEntry | undefined {
  return entries
    .filter((entry) => entry.requestType === requestType && entry.state !== 'superseded' && isOfThis(entry, generation))
    .sort((a, b) => b.createdAt - a.createdAt || (a.commandUuid < b.commandUuid ? 1 : -1))[0];
}

/** It was sent in this enrollment, or made in it when it was not sent. */
function isOfThis(entry: OutboxEntry, generation: Instant): boolean {
  return (entry.leasedAt ?? entry.createdAt) >= generation;
}
