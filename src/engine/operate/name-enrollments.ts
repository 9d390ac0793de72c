import type { NamedEnrollment } from '../../enrollment/named.ts';
import { listFields } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock } from '../../runtime.ts';
import type { InboxItem, Store } from '../../store/store.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';

/** Enrollments looked up before webhooks and devices are answered in between. */
const LOOK_UP_MAX = 8;

export interface NameEnrollmentsOptions {
  store: Store;
  reconciler: Pick<Reconciler, 'wakeSoon'>;
  clock: Pick<Clock, 'now' | 'turn'>;
  log: Logger;
}

/**
 * Makes enrollments known that only the MDM server's own list has: each is an event like one heard of it, on disk when
 * this resolves; then it is asked, paced like everything. Of known ones nothing changes. Rejects with InboxFullError.
 */
export type NameEnrollments = (
  named: readonly NamedEnrollment[],
  act: { by: string; note?: string },
) => Promise<{ new: number; known: number }>;

export function createNameEnrollments({ store, reconciler, clock, log }: NameEnrollmentsOptions): NameEnrollments {
  async function unknownOf(ids: readonly string[]): Promise<Set<string>> {
    const unknown = new Set<string>();
    for (let start = 0; start < ids.length; start += LOOK_UP_MAX) {
      for (const { id, revision, events } of await store.loadForReconcile(ids.slice(start, start + LOOK_UP_MAX)))
        if (revision === 0 && events.length === 0) unknown.add(id);
      await clock.turn();
    }
    return unknown;
  }

  return async function nameEnrollments(named, { by, note }) {
    const byId = new Map(named.map((each) => [each.id, each]));
    const unknown = await unknownOf([...byId.keys()]);
    const now = clock.now();
    const items = [...unknown].map((id): InboxItem => {
      const { serial, type = 'Device' } = byId.get(id) as NamedEnrollment;
      const body = { kind: 'named' as const, ...(serial === undefined ? {} : { serialNumber: serial }) };
      return { subject: { id, type }, event: { observedAt: now, receivedAt: now, body } };
    });
    const result = { new: items.length, known: byId.size - items.length };
    if (items.length > 0) await store.append(items);
    await store.audit({ at: now, by, act: 'import', detail: { ...result, ...(note ? { note } : {}) } });
    reconciler.wakeSoon(unknown, 'something');
    log.info(listFields([...unknown]), 'enrollments named by a list');
    return result;
  };
}
