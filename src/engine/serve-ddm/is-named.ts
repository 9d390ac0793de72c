import type { Store } from '../../store/store.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';

export interface NamingOptions {
  store: Pick<Store, 'findEnrollment'>;
  reconciler: Pick<Reconciler, 'isWaiting' | 'settle'>;
}

/**
 * Whether a webhook ever named this enrollment, the one that waits to be read included. Where no type is told (MicroMDM,
 * NanoMDM below 0.9) an id that nothing has named may be a user channel of anyone (rule 30).
 *
 * @throws when what waits can't be read
 */
export async function isNamed(id: string, { store, reconciler }: NamingOptions): Promise<boolean> {
  if ((await store.findEnrollment(id)) === id) return true;
  if (!reconciler.isWaiting(id)) return false;
  if (!(await reconciler.settle(id))) throw new Error('the enrollment would not settle: what was heard of it is not read');
  return (await store.findEnrollment(id)) === id;
}
