import { isBlackoutNear } from '../../decide/blackouts.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import { HOUR_MS } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import { type BlackoutHolder, listBlackoutHolders } from '../blackout-holders.ts';
import type { Standing } from '../standing.ts';

/** Tells of devices that may install in a blackout, while one is near or on (rule 16). */
export interface BlackoutWatch {
  /** Looks if an hour has passed since the last look. */
  look(): Promise<void>;
}

export interface BlackoutWatchOptions {
  store: Store;
  standing: Standing;
  clock: Pick<Clock, 'now' | 'turn'>;
  alerts: Alerts;
}

const ALERT_PREFIX = 'blackout-not-withdrawn ';
/** A look goes through all devices, so only while a blackout is near: 10,000 take some 0.3 s, in pages. */
const LOOK_EVERY_MS = HOUR_MS;
const NAMED_MAX = 5;

export function createBlackoutWatch({ store, standing, clock, alerts }: BlackoutWatchOptions): BlackoutWatch {
  let lookedAt = Number.NEGATIVE_INFINITY;

  async function tell(policy: string, holders: readonly BlackoutHolder[]): Promise<void> {
    const names = holders.slice(0, NAMED_MAX).map(({ id, serial }) => serial ?? id);
    const more = holders.length - names.length;
    const who = holders.length === 1 ? '1 device holds' : `${holders.length} devices hold`;
    const blackout = holders[0]?.into.name;
    await alerts.refresh(
      `${ALERT_PREFIX}${policy}`,
      `${who} a date under ${policy} that may come true in the blackout${blackout === undefined ? '' : ` ${blackout}`}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
      { policy, count: holders.length, devices: names, ...(blackout === undefined ? {} : { blackout }) },
    );
  }

  return {
    async look() {
      const now = clock.now();
      // While the clock is in doubt nothing heard is folded: who gave a date back is not known.
      if (standing.clockSuspect !== undefined || now - lookedAt < LOOK_EVERY_MS) return;
      const holders = isBlackoutNear(standing.policies, now) ? await listBlackoutHolders(store, clock) : [];
      const byPolicy = new Map<string, BlackoutHolder[]>();
      for (const holder of holders) byPolicy.set(holder.policy, [...(byPolicy.get(holder.policy) ?? []), holder]);
      for (const { key } of await store.listAlerts())
        if (key.startsWith(ALERT_PREFIX) && !byPolicy.has(key.slice(ALERT_PREFIX.length))) await alerts.clear(key);
      for (const [policy, ofPolicy] of byPolicy) await tell(policy, ofPolicy);
      lookedAt = now;
    },
  };
}
