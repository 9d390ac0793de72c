import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { READ_THERE } from './reports-heard.ts';

/** Promise 1: what was answered 200 is in the store. (That it outlives a kill is a test of the real process.) */
export const kept: CheckerKind = { promise: 1, title: 'a webhook answered 200 is stored', file: 'kept.ts', create };

function create({ fleet, violate }: Watched): Checker {
  // Its events have no id by which to find them; what takes them in is the same.
  if (fleet.world.server === 'nanohub') return {};
  const stored = new Set<string>();
  return {
    onStored(eventIds) {
      for (const id of eventIds) stored.add(id);
    },
    onEvent(event) {
      if (event.kind !== 'webhook' || event.status !== 200 || stored.has(event.eventId)) return;
      // Read in another server, told because it was stored (reports-heard.ts).
      if (event.eventId === READ_THERE) return;
      violate(event.device, `${event.topic} ${event.eventId} was answered 200 and is not in the store`);
    },
  };
}
