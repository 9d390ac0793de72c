import type { Clock } from '../runtime.ts';
import type { Store } from '../store/store.ts';

export interface Health {
  ok: boolean;
  /** Each part: "ok" or what is wrong with it. */
  checks: Record<string, string>;
}

/** The store can be written and the loops are alive: a sweep was missed five times in a row otherwise. */
export async function checkHealth(store: Store, clock: Pick<Clock, 'now'>, sweptAt: number, sweepEveryMs: number): Promise<Health> {
  const checks: Record<string, string> = {};
  checks.store = await store.checkWritable(clock.now()).then(
    () => 'ok',
    (error: unknown) => String(error),
  );
  const sinceSweep = clock.now() - sweptAt;
  checks.loops = sinceSweep < 5 * sweepEveryMs ? 'ok' : `no sweep for ${Math.round(sinceSweep / 1_000)} s`;
  return { ok: Object.values(checks).every((check) => check === 'ok'), checks };
}
