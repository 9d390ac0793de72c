import { readForeignUpdate } from '../../ddm/foreign-update.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Standing } from '../standing.ts';

export interface NoteForeignOptions {
  store: Pick<Store, 'append'>;
  standing: Pick<Standing, 'clockSuspect'>;
  reconciler: Pick<Reconciler, 'wakeSoon'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Notes what a device is answered of another server's about software updates, on disk before the answer leaves. `server`:
 * what people call that one. Declarations about anything else are none of our business, and nothing of them is kept here.
 */
export function createNoteForeign(
  { store, standing, reconciler, clock }: NoteForeignOptions,
  server: string,
): (enrollmentId: string, body: string) => Promise<void> {
  return async function noteForeign(id, text) {
    const update = readForeignUpdate(text);
    if (update === undefined) return;
    const now = clock.now();
    const doubt = standing.clockSuspect === undefined ? {} : { isClockDoubted: true as const };
    const body = { kind: 'foreign-update' as const, update, server };
    await store.append([{ subject: { id, type: 'Device' }, event: { observedAt: now, receivedAt: now, ...doubt, body } }]);
    reconciler.wakeSoon([id], 'something');
  };
}
