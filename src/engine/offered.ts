import type { OfferedTo } from '../decide/input.ts';
import { RAMP_MS } from '../decide/ramp.ts';
import { ERROR } from '../log-keys.ts';
import type { Logger } from '../logger.ts';
import type { Clock } from '../runtime.ts';
import type { Store } from '../store/store.ts';
import { createOffered, type Standing } from './standing.ts';

/**
 * Which new releases devices of each model were offered. Every decision says what its device was offered and is not known
 * yet, so what is lost here is said again; it changes once for each model and release.
 */
export interface OfferedKeeper {
  note(offered: readonly OfferedTo[]): void;
  /** Resolves when what was noted is written. */
  idle(): Promise<void>;
}

export interface OfferedKeeperOptions {
  store: Store;
  standing: Standing;
  clock: Pick<Clock, 'now'>;
  log: Logger;
  /** Devices are due that waited for it. */
  onDue(): void;
}

export function createOfferedKeeper({ store, standing, clock, log, onDue }: OfferedKeeperOptions): OfferedKeeper {
  let last: Promise<void> = Promise.resolve();

  async function save(): Promise<void> {
    const now = clock.now();
    await store.saveSite({ offered: standing.offered.rows.filter(({ at }) => at > now - RAMP_MS) });
    if ((await store.makeDue(now, 'ramped-by-apple')) > 0) onDue();
  }

  return {
    note(offered) {
      const at = clock.now();
      const isKnown = (release: string, key: string) => standing.offered.of.get(release)?.has(key) ?? false;
      const rows = offered.flatMap(({ deviceKey, releases }) =>
        releases.filter((release) => !isKnown(release, deviceKey)).map((release) => ({ release, deviceKey, at })),
      );
      if (rows.length === 0) return;
      standing.offered = createOffered([...standing.offered.rows.filter((row) => row.at > at - RAMP_MS), ...rows]);
      last = last.then(save).catch((error: unknown) => {
        log.error({ [ERROR]: error }, 'what Apple offers to whom could not be stored; it is found again');
      });
    },
    idle: () => last,
  };
}
