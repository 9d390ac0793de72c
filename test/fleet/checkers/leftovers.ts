import type { WorldEvent } from '../../../src/sim/world.types.ts';
import { MINUTE_MS } from '../../../src/time/local.ts';
import type { Fleet } from '../harness.ts';
import type { Notes } from '../recorder.ts';
import { isAnsweredElsewhere } from './time-to-repair.ts';

/** Both are there again: what waits to be taken away is gone within this. */
const TAKEN_AWAY_MS = 2 * MINUTE_MS;

export interface Leftovers extends Notes {
  /** The event without what nobody could take away from that server in time. */
  without(event: WorldEvent): WorldEvent;
}

/**
 * Rule 32: what the app has taken back, another server goes on handing out while the app can't reach it, or is not there
 * itself. That is not the app's doing for as long, and two minutes after its last call that failed, or its start. What
 * stands in the committed manifest never counts: an app that does not take back is judged as ever.
 */
export function createLeftovers(fleet: Fleet): Leftovers {
  const { scheduler } = fleet;
  /** By device: identifiers of the manifest as committed. */
  const committed = new Map<string, ReadonlySet<string>>();
  let failedAt = Number.NEGATIVE_INFINITY;

  function couldTakeAway(): boolean {
    const { upSince = scheduler.now() } = fleet;
    return scheduler.now() - Math.max(failedAt, upSince) >= TAKEN_AWAY_MS;
  }

  return {
    onCommit({ enrollmentId, manifest }) {
      if (manifest) committed.set(enrollmentId, new Set(manifest.items.map(({ identifier }) => identifier)));
    },
    onPlacingFailed(at) {
      failedAt = at;
    },
    without(event) {
      if (event.kind !== 'dm' || event.status !== 200 || !isAnsweredElsewhere(fleet) || couldTakeAway()) return event;
      const wanted = committed.get(event.device) ?? new Set();
      const isLeft = (path: string) => /\/ratchet\./.test(path) && !wanted.has(identifierIn(path));
      if (!(event.items?.some(isLeft) || (event.served !== undefined && isLeft(event.served)))) return event;
      const { items: _listed, enforcement: _handedOut, alwaysOn: _settings, ...rest } = event;
      return rest;
    },
  };
}

/** Of "configuration/identifier@token". */
function identifierIn(path: string): string {
  return path.slice(path.indexOf('/') + 1, path.lastIndexOf('@'));
}
