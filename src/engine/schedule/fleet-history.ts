import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import { DAY_MS } from '../../time/local.ts';
import { type UtcDate, utcDateOf } from '../../time/utc-date.ts';
import { FLEET_KEYS, fleetDayOf } from '../fleet-tally.ts';
import type { Standing } from '../standing.ts';

/** Counts the fleet once on each UTC day, so that it can be shown how versions went up. */
export interface FleetHistory {
  /** Counts if today was not counted yet. */
  look(): Promise<void>;
}

export interface FleetHistoryOptions {
  store: Pick<Store, 'countDevices' | 'listFleetDays' | 'saveFleetDay'>;
  standing: Pick<Standing, 'clockSuspect'>;
  clock: Pick<Clock, 'now'>;
}

/** A year, and the month of the year before that it is compared with: some 20,000 rows of versions. */
export const HISTORY_DAYS_MAX = 400;

export function createFleetHistory({ store, standing, clock }: FleetHistoryOptions): FleetHistory {
  let countedOn: UtcDate | undefined;
  return {
    async look() {
      const now = clock.now();
      const day = utcDateOf(now);
      // By a clock of 2080 all that was counted would be older than what is kept.
      if (standing.clockSuspect !== undefined || day === countedOn) return;
      if ((await store.listFleetDays(day, day)).length === 0) {
        const counts = await store.countDevices(FLEET_KEYS);
        // A new store hears of its first devices later today.
        if (counts.length === 0) return;
        const exposed = await store.countDevices(['isExposed']);
        await store.saveFleetDay(fleetDayOf(counts, exposed, now), utcDateOf(now - (HISTORY_DAYS_MAX - 1) * DAY_MS));
      }
      countedOn = day;
    },
  };
}
