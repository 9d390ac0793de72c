import type { Instant } from '../time/local.ts';
import { enqueueBackoffMs, LEASE_MS } from './backoff.ts';
import type { OutboxEntry } from './outbox-entry.ts';

/** What the host answered to an enqueue; mirrors EnqueueAnswer of the hosts, which this room may not import. */
export type EnqueueOutcome =
  | { kind: 'queued' }
  | { kind: 'already-queued' }
  | { kind: 'refused'; message: string }
  | { kind: 'retry'; message: string }
  | { kind: 'ambiguous'; message: string }
  | { kind: 'unauthorized'; message: string };

/** Takes an entry for sending. A crash between here and the answer leaves it leased: it is then resent with the same UUID. */
export function lease(entry: OutboxEntry, now: Instant): OutboxEntry {
  return {
    ...entry,
    state: 'leased',
    leasedAt: entry.leasedAt ?? now,
    leaseUntil: now + LEASE_MS,
    enqueueTries: entry.enqueueTries + 1,
    revision: entry.revision + 1,
  };
}

/** Due for sending: pending and its time has come, or leased by a run that did not come back. */
export function isDue(entry: OutboxEntry, now: Instant): boolean {
  if (entry.state === 'pending') return entry.notBefore <= now;
  return entry.state === 'leased' && (entry.leaseUntil ?? 0) <= now;
}

/** The entry after the host's answer. `refused` ends it; whatever is not a yes or a no goes back with the same UUID. */
export function finishEnqueue(entry: OutboxEntry, outcome: EnqueueOutcome, now: Instant): OutboxEntry {
  const { leaseUntil: _lease, ...rest } = entry;
  const revision = entry.revision + 1;
  switch (outcome.kind) {
    case 'queued':
    case 'already-queued':
      return { ...rest, state: 'enqueued', enqueuedAt: now, revision };
    case 'refused':
      return { ...rest, state: 'refused', endedAt: now, lastError: outcome.message, revision };
    case 'retry':
    case 'ambiguous':
    case 'unauthorized':
      return { ...rest, state: 'pending', notBefore: now + enqueueBackoffMs(entry.enqueueTries), lastError: outcome.message, revision };
  }
}
