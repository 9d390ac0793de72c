import type { EnrollmentEvent, ServerRecords } from '../../enrollment/event.ts';
import { foldEvent, foldEvents } from '../../enrollment/fold.ts';
import type { NamedEnrollment } from '../../enrollment/named.ts';
import { type EnrollmentState, isCheckedOut, known, newEnrollment } from '../../enrollment/state.ts';
import { listFields } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock } from '../../runtime.ts';
import type { Gathered, InboxItem, Store } from '../../store/store.ts';
import { type Instant, MINUTE_MS } from '../../time/local.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';

/** Enrollments looked up before webhooks and devices are answered in between. */
const LOOK_UP_MAX = 8;
/** Moments of records come as ages in seconds, told by another clock: what differs by less is the same moment. */
const SAME_MOMENT_MS = 2 * MINUTE_MS;

export interface NameEnrollmentsOptions {
  store: Store;
  reconciler: Pick<Reconciler, 'wakeSoon'>;
  clock: Pick<Clock, 'now' | 'turn'>;
  log: Logger;
}

/** Where the names come from, for the audit log. */
export type NamedFrom = 'list' | 'nanomdm-database' | 'nano2nano';

export interface NameAct {
  by: string;
  note?: string;
  from?: NamedFrom;
  /** Only counts. */
  isDryRun?: boolean;
  /** Who calls for one enrollment after the other writes one audit line for all of them. */
  isAuditedElsewhere?: boolean;
}

/** `known`: it told nothing new of them. */
export interface NamedCounts {
  new: number;
  changed: number;
  known: number;
}

/**
 * Makes enrollments known that only the MDM server has: each is an event like one heard of it, on disk when this resolves;
 * then it is asked, paced like everything. Of a known one only what was not heard is filled in. Rejects with InboxFullError.
 */
export type NameEnrollments = (named: readonly NamedEnrollment[], act: NameAct) => Promise<NamedCounts>;

export function createNameEnrollments({ store, reconciler, clock, log }: NameEnrollmentsOptions): NameEnrollments {
  return async function nameEnrollments(named, { by, note, from = 'list', isDryRun = false, isAuditedElsewhere = false }) {
    const byId = new Map(named.map((each) => [each.id, each]));
    const ids = [...byId.keys()];
    const now = clock.now();
    const items: InboxItem[] = [];
    const counts: NamedCounts = { new: 0, changed: 0, known: 0 };
    for (let start = 0; start < ids.length; start += LOOK_UP_MAX) {
      for (const gathered of await store.loadForReconcile(ids.slice(start, start + LOOK_UP_MAX))) {
        const { item, outcome } = judge(gathered, byId.get(gathered.id) as NamedEnrollment, now);
        counts[outcome] += 1;
        if (outcome !== 'known') items.push(item);
      }
      await clock.turn();
    }
    if (isDryRun) return counts;
    if (items.length > 0) await store.append(items);
    if (!isAuditedElsewhere) {
      const source = from === 'list' ? {} : { from };
      await store.audit({ at: now, by, act: 'import', detail: { ...counts, ...source, ...(note ? { note } : {}) } });
    }
    const written = items.map(({ subject }) => subject.id);
    reconciler.wakeSoon(written, 'something');
    if (written.length > 0) log.info(listFields(written), 'enrollments named by a list or by the records of the server');
    return counts;
  };
}

/** What it is an event of, and whether that changes anything: as if everything heard before had been folded. */
function judge(
  { revision, state, events }: Gathered,
  named: NamedEnrollment,
  now: Instant,
): { item: InboxItem; outcome: keyof NamedCounts } {
  const subject = { id: named.id, type: named.type ?? ('Device' as const) };
  const isNew = revision === 0 && events.length === 0;
  const before = foldEvents(
    state ?? newEnrollment(named.id, subject.type),
    events.map(({ event }) => event),
  );
  const event = eventOf(named, before, now);
  const outcome = isNew ? 'new' : isSame(before, foldEvent(before, event)) ? 'known' : 'changed';
  return { item: { subject, event }, outcome };
}

/** Only what is news beside what is known: the same records told twice are the same event. */
function eventOf(named: NamedEnrollment, before: EnrollmentState, now: Instant): EnrollmentEvent {
  const { serial } = named;
  const records = recordsOf(named, before, now);
  const hasRecords = Object.keys(records).length > 0;
  const body = { kind: 'named' as const, ...(serial === undefined ? {} : { serialNumber: serial }), ...(hasRecords ? { records } : {}) };
  return { observedAt: now, receivedAt: now, body };
}

function recordsOf(named: NamedEnrollment, before: EnrollmentState, now: Instant): ServerRecords {
  const { productName, model, modelName, deviceName, osVersion, buildVersion, enabled = true, bootstrapToken } = named;
  const enrolledAt = past(named.enrolledAt, now);
  const seenAt = past(named.lastSeenAt, now);
  const isNewlyGone = !enabled && !isCheckedOut(before) && (seenAt ?? now) >= before.lastSeenAt;
  return Object.fromEntries(
    Object.entries({
      productName,
      model,
      modelName,
      deviceName,
      enrolledWith: osVersion === undefined ? undefined : { osVersion, ...(buildVersion === undefined ? {} : { buildVersion }) },
      enrolledAt: enrolledAt !== undefined && isBefore(enrolledAt, before.firstSeenAt) ? enrolledAt : undefined,
      lastSeenAt: enabled && seenAt !== undefined && seenAt > before.lastSeenAt + SAME_MOMENT_MS ? seenAt : undefined,
      // The server notes the moment in which it put it off.
      leftAt: isNewlyGone ? (seenAt ?? now) : undefined,
      bootstrapToken: known(before, 'bootstrapToken') === undefined ? bootstrapToken : undefined,
    } satisfies { [Key in keyof ServerRecords]: ServerRecords[Key] | undefined }).filter(([, value]) => value !== undefined),
  );
}

function isBefore(at: Instant, known: Instant): boolean {
  return known === 0 || at < known - SAME_MOMENT_MS;
}

/** A server whose clock runs ahead tells of no time to come. */
function past(at: Instant | undefined, now: Instant): Instant | undefined {
  return at === undefined ? undefined : Math.min(at, now);
}

function isSame(before: EnrollmentState, after: EnrollmentState): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}
