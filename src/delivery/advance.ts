import type { EnrollmentEvent } from '../enrollment/event.ts';
import type { Instant } from '../time/local.ts';
import { ANSWER_DELAY_MS, IDLE_APART_MS, INSTALL_RESULT_TIMEOUT_MS, isPast, PENDING_MAX_MS, RESULT_TIMEOUT_MS } from './backoff.ts';
import { asUnconfirmed } from './enqueue.ts';
import { isEnded, isInstall, type OutboxEntry } from './outbox-entry.ts';

/**
 * What an event of the enrollment means for a command on its way to it. Returns the same entry when
 * nothing changes. An answer always wins, however late or however often it comes.
 */
export function advanceByEvent(entry: OutboxEntry, event: EnrollmentEvent): OutboxEntry {
  if (event.body.kind !== 'message' || event.body.message.kind !== 'CommandReport') return entry;
  const report = event.body.message;
  if (entry.state === 'pending' || entry.state === 'superseded' || entry.state === 'expired') {
    // Never sent under this UUID as far as we know; only an answer proves otherwise.
    if (report.commandUuid !== entry.commandUuid) return entry;
  }
  if (report.commandUuid === entry.commandUuid) {
    if (entry.state === 'answered') return entry;
    if (report.status === 'NotNow') return noteNotNow(entry, event.observedAt);
    return {
      ...entry,
      state: 'answered',
      endedAt: event.observedAt,
      answer: report.status,
      ...(report.errorChain === undefined ? {} : { errorChain: report.errorChain }),
      ...(report.updateResults === undefined ? {} : { updateResults: report.updateResults }),
      revision: entry.revision + 1,
    };
  }
  if (report.status === 'Idle' && entry.state === 'enqueued') return noteIdle(entry, event.observedAt);
  return entry;
}

/** NotNow proves that the host has it and the device saw it; a lost one comes back to life. */
function noteNotNow(entry: OutboxEntry, at: Instant): OutboxEntry {
  if (entry.notNowAt !== undefined && at <= entry.notNowAt) return entry;
  const { firstIdleAt: _first, lastIdleAt: _last, leaseUntil: _lease, endedAt: _ended, ...rest } = entry;
  return {
    ...rest,
    state: 'enqueued',
    enqueuedAt: entry.enqueuedAt ?? at,
    notNowAt: at,
    notNowCount: entry.notNowCount + 1,
    revision: entry.revision + 1,
  };
}

function noteIdle(entry: OutboxEntry, at: Instant): OutboxEntry {
  if (at <= (entry.enqueuedAt ?? 0) || at <= (entry.notNowAt ?? 0)) return entry;
  const first = entry.firstIdleAt === undefined ? at : Math.min(entry.firstIdleAt, at);
  const last = entry.lastIdleAt === undefined ? at : Math.max(entry.lastIdleAt, at);
  if (first === entry.firstIdleAt && last === entry.lastIdleAt) return entry;
  return { ...entry, firstIdleAt: first, lastIdleAt: last, revision: entry.revision + 1 };
}

/**
 * What the passing of time means (rule 28): silence alone never ends a command. It is lost only if the
 * enrollment authenticated anew after it was sent (the host cleared its queue), or by `lostAt`.
 */
export function advanceByTime(entry: OutboxEntry, generation: Instant, now: Instant): OutboxEntry {
  if (isEnded(entry)) return entry;
  if (entry.state === 'enqueued') {
    const sentBefore = entry.leasedAt ?? entry.createdAt;
    if (generation > sentBefore) return end(entry, 'lost', now, 'the device enrolled anew');
    if (now >= (lostAt(entry) ?? Number.POSITIVE_INFINITY))
      return end(entry, 'lost', now, 'the device found the queue empty twice and never answered');
    return entry;
  }
  if (isPast(entry.notAfter, now)) {
    const mayBeThere = entry.maybeQueued || entry.state === 'leased';
    if (entry.state === 'leased' && !isPast(entry.leaseUntil, now)) return entry;
    return mayBeThere
      ? asUnconfirmed(entry, now, 'its time to be sent has passed, and the host did not say whether it has it')
      : end(entry, 'expired', now, 'its time to be sent has passed');
  }
  if (entry.state === 'pending' && !entry.maybeQueued) {
    if (generation > entry.createdAt) return end(entry, 'superseded', now, 'the device enrolled anew');
    if (now >= entry.createdAt + PENDING_MAX_MS) return end(entry, 'expired', now, 'never sent');
  }
  return entry;
}

/**
 * From when an enqueued command counts as lost: its result timeout has passed, and two Idle reports at least 15 minutes
 * apart came after the confirmed enqueue with no answer and no NotNow between. An Idle is the question the host
 * offers a queued command for, so the last one proves nothing until the answer to it would have come.
 */
export function lostAt(entry: OutboxEntry): Instant | undefined {
  const { state, enqueuedAt, firstIdleAt, lastIdleAt } = entry;
  if (state !== 'enqueued' || enqueuedAt === undefined || firstIdleAt === undefined || lastIdleAt === undefined) return undefined;
  if (lastIdleAt - firstIdleAt < IDLE_APART_MS) return undefined;
  const timeoutMs = isInstall(entry) || entry.isStandIn ? INSTALL_RESULT_TIMEOUT_MS : RESULT_TIMEOUT_MS;
  return Math.max(enqueuedAt + timeoutMs, lastIdleAt + ANSWER_DELAY_MS);
}

function end(entry: OutboxEntry, state: OutboxEntry['state'], now: Instant, why: string): OutboxEntry {
  return { ...entry, state, endedAt: now, lastError: why, revision: entry.revision + 1 };
}

/**
 * Takes back an entry that the host does not have; anything else can't be taken back. Of an install command that it may
 * have it is not asked again, as it would be sent by that: it counts as being there.
 */
export function supersede(entry: OutboxEntry, now: Instant): OutboxEntry {
  if (entry.state !== 'pending') return entry;
  if (!entry.maybeQueued) return end(entry, 'superseded', now, 'no longer wanted');
  return isInstall(entry) ? asUnconfirmed(entry, now, 'no longer wanted, and the host did not say whether it has it') : entry;
}
