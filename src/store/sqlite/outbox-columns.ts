import type { OutboxEntry } from '../../delivery/outbox-entry.ts';

/** When the sender is to look at an entry: null when it is enqueued or ended. */
export function dueAtOf(entry: OutboxEntry): number | null {
  if (entry.state === 'pending') return entry.notBefore;
  return entry.state === 'leased' ? (entry.leaseUntil ?? 0) : null;
}

/** In the order of the INSERT. */
export function commandColumns(entry: OutboxEntry): (string | number | null)[] {
  return [entry.commandUuid, entry.enrollmentId, entry.state, dueAtOf(entry), entry.revision, entry.createdAt, JSON.stringify(entry)];
}
