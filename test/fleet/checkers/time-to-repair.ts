import { MINUTE_MS } from '../../../src/time/local.ts';
import type { Fleet } from '../harness.ts';

/** It looks, places and is answered within this, when nothing is in its way. */
const REPAIR_MS = 10 * MINUTE_MS;

/** Another server answers devices with what the app put there: what has to go, goes when the app has been there to take it away. */
export function isAnsweredElsewhere({ neighbour, world }: Fleet): boolean {
  return neighbour?.wiring === 'kmfddm' || world.server === 'nanohub';
}

/**
 * Whether what had to change from `since` on can be expected to have changed; always, where the app answers devices itself.
 * Rule 32: elsewhere nothing is refused at the last moment, so what nobody could take away in time may be fetched: while
 * that server or the app is down, our clock is in doubt, and ten minutes after. What a person or Apple took back has no such
 * allowance.
 */
export function hadTimeToRepair(fleet: Fleet, since: number): boolean {
  if (!isAnsweredElsewhere(fleet)) return true;
  const { neighbour, scheduler, upSince } = fleet;
  const now = scheduler.now();
  if (upSince === undefined || fleet.ratchet.standing.clockSuspect !== undefined) return false;
  if (now - Math.max(since, upSince) < REPAIR_MS) return false;
  for (let back = 0; back <= REPAIR_MS; back += MINUTE_MS) if (neighbour?.isDown(now - back)) return false;
  return true;
}
