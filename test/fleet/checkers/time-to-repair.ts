import { MINUTE_MS } from '../../../src/time/local.ts';
import type { Fleet } from '../harness.ts';

/** It looks, places and is answered within this, when nothing is in its way. */
const REPAIR_MS = 10 * MINUTE_MS;

/** Another server answers devices with what the app put there: what has to go, goes when the app has been there to take it away. */
export function isAnsweredElsewhere({ neighbour, world }: Fleet): boolean {
  return neighbour?.wiring === 'kmfddm' || world.server === 'nanohub';
}

/** Whether what had to change from `since` on can be expected to have changed; always, where the app answers devices itself. */
export function hadTimeToRepair(fleet: Fleet, since: number): boolean {
  if (!isAnsweredElsewhere(fleet)) return true;
  const { neighbour, scheduler, upSince } = fleet;
  const now = scheduler.now();
  if (upSince === undefined || fleet.ratchet.standing.clockSuspect !== undefined) return false;
  if (now - Math.max(since, upSince) < REPAIR_MS) return false;
  for (let back = 0; back <= REPAIR_MS; back += MINUTE_MS) if (neighbour?.isDown(now - back)) return false;
  return true;
}
