import type { Instant } from '../time/local.ts';
import { isEnded, type OutboxEntry } from './outbox-entry.ts';

const WHY = 'the data folder was restored from a backup made before it was sent, or before its answer was known';

/**
 * A command found in a backup (rule 35): sent since, for all that is known, so it is never sent from here. Returns the
 * same entry when nothing changes. An update command that the host had then may be with it still: rule 28 goes on.
 */
export function dropAfterRestore(entry: OutboxEntry, now: Instant): OutboxEntry {
  if (isEnded(entry)) return entry;
  const isUpdate = entry.requestType === 'ScheduleOSUpdate';
  if (isUpdate && entry.state === 'enqueued') return entry;
  const { leaseUntil: _lease, ...rest } = entry;
  return { ...rest, state: 'superseded', endedAt: now, plist: '', lastError: WHY, revision: entry.revision + 1 };
}

/**
 * Stands for the update commands that may have been sent after the backup: until it is lost by rule 28 (two Idle reports
 * after the time of an install command) nothing is scheduled beside them (promise 3).
 */
export function standInAfterRestore(enrollmentId: string, commandUuid: string, restoredAt: Instant): OutboxEntry {
  return {
    commandUuid,
    enrollmentId,
    requestType: 'ScheduleOSUpdate',
    plist: '',
    state: 'enqueued',
    createdAt: restoredAt,
    attempt: 1,
    notBefore: restoredAt,
    leasedAt: restoredAt,
    enqueueTries: 0,
    enqueuedAt: restoredAt,
    notNowCount: 0,
    isUnconfirmed: true,
    isStandIn: true,
    lastError: 'not a command: after a restore it is not known which update commands were sent since the backup',
    revision: 1,
  };
}
