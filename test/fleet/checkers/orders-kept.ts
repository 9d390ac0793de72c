import { localTime } from '../../../src/sim/zone.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { createOrdersTold, type Orders } from './orders-told.ts';

const DAY_MS = 86_400_000;
/** Where days begin last. */
const LAST_ZONE = 'Etc/GMT+12';

/**
 * Promise 1, its part about what a person orders: what is in force for a device is what a person was told that it is,
 * whatever happens to the process meanwhile; a refusal changes nothing.
 */
export const ordersKept: CheckerKind = { promise: 1, title: 'orders for a device are kept', file: 'orders-kept.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { store, world, scheduler } = fleet;
  const orders = createOrdersTold(fleet);

  /** Days that are over everywhere mean nothing any more. */
  function textOf({ exempt, moreTime, isPaused }: Orders): string {
    const today = localTime(scheduler.now() - DAY_MS, LAST_ZONE).slice(0, 10);
    const words = [
      exempt !== undefined && exempt >= today ? `exempt to the end of ${exempt}` : '',
      moreTime !== undefined && moreTime >= today ? `more time until ${moreTime}` : '',
      isPaused ? 'paused' : '',
    ];
    return words.filter((word) => word !== '').join(', ') || 'nothing';
  }

  return {
    ...orders,
    async sweep() {
      const since = scheduler.now();
      for (const { id, overrides = {} } of await store.loadForReconcile(world.devices.map((device) => device.id))) {
        const { exempt, moreTime, paused } = overrides;
        const stored = textOf({
          ...(exempt ? { exempt: exempt.until } : {}),
          ...(moreTime ? { moreTime: moreTime.until } : {}),
          ...(paused ? { isPaused: true } : {}),
        });
        const told = [...new Set(orders.possible(id, since).map(textOf))];
        if (!told.includes(stored)) violate(id, `has ${stored} in force, and a person was told: ${told.join(' or ')}`);
      }
    },
  };
}
