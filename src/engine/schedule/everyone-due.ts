import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import type { Standing } from '../standing.ts';

/** What holds for everyone changed. Noted last: a process that dies before it is noted does it again at its next start. */
export async function makeEveryoneDue({
  store,
  standing,
  clock,
}: {
  store: Store;
  standing: Standing;
  clock: Pick<Clock, 'now'>;
}): Promise<void> {
  const dueBasis = standing.basis();
  await store.makeDue(clock.now());
  await store.saveSite({ dueBasis });
}
