import type { Instant } from '../time/local.ts';
import { enqueueBackoffMs, isPast, LEASE_MS } from './backoff.ts';
import type { OutboxEntry } from './outbox-entry.ts';

/** What the host answered to an enqueue; mirrors EnqueueAnswer of the hosts, which this room may not import. */
export type EnqueueOutcome =
  | { kind: 'queued' }
  | { kind: 'already-queued' }
  | { kind: 'refused'; message: string }
  | { kind: 'retry'; message: string }
  | { kind: 'ambiguous'; message: string }
  | { kind: 'unknowable'; message: string }
  | { kind: 'unauthorized'; message: string };

/** Takes an entry for sending. A crash between here and the answer leaves it leased: it is then resent with the same UUID. */
export function lease(entry: OutboxEntry, now: Instant): OutboxEntry {
  return {
    ...entry,
    state: 'leased',
    leasedAt: entry.leasedAt ?? now,
    leaseUntil: now + LEASE_MS,
    enqueueTries: entry.enqueueTries + 1,
    // The run that leased it before did not come back to say what the host answered.
    ...(entry.state === 'leased' ? { maybeQueued: true } : {}),
    revision: entry.revision + 1,
  };
}

/** Due for sending: pending and its time has come, or leased by a run that did not come back. */
export function isDue(entry: OutboxEntry, now: Instant): boolean {
  if (isPast(entry.notAfter, now)) return false;
  if (entry.state === 'pending') return entry.notBefore <= now;
  return entry.state === 'leased' && (entry.leaseUntil ?? 0) <= now;
}

/** Put off without having been tried: behind another command of its device, at a server that gets them one by one. */
export function waitsItsTurn(entry: OutboxEntry, now: Instant): boolean {
  return entry.state === 'pending' && entry.enqueueTries === 0 && entry.notBefore > now;
}

/** The entry after the host's answer. `refused` ends it; whatever is not a yes or a no goes back with the same UUID. */
export function finishEnqueue(entry: OutboxEntry, outcome: EnqueueOutcome, now: Instant): OutboxEntry {
  const { leaseUntil = now + LEASE_MS, ...rest } = entry;
  const revision = entry.revision + 1;
  const again: OutboxEntry = { ...rest, state: 'pending', notBefore: now + enqueueBackoffMs(entry.enqueueTries), revision };
  switch (outcome.kind) {
    case 'queued':
      // By this very try: what an Authenticate before it cleared from the queue was not this.
      return { ...rest, state: 'enqueued', leasedAt: leaseUntil - LEASE_MS, enqueuedAt: now, revision };
    case 'already-queued':
      return { ...rest, state: 'enqueued', enqueuedAt: now, revision };
    case 'refused':
      return { ...rest, state: 'refused', endedAt: now, lastError: outcome.message, revision };
    case 'unknowable':
      return asUnconfirmed(rest, now, outcome.message);
    case 'ambiguous':
      return { ...again, maybeQueued: true, lastError: outcome.message };
    case 'retry':
    case 'unauthorized':
      return { ...again, lastError: outcome.message };
  }
}

/**
 * The host may have it or not, and asking again could bring it twice: it counts as being with the host until an answer,
 * or the silence of rule 28, says otherwise.
 */
export function asUnconfirmed(entry: OutboxEntry, now: Instant, message: string): OutboxEntry {
  const { leaseUntil: _lease, ...rest } = entry;
  return {
    ...rest,
    state: 'enqueued',
    enqueuedAt: entry.enqueuedAt ?? now,
    isUnconfirmed: true,
    lastError: message,
    revision: entry.revision + 1,
  };
}
