import type { WorldEvent } from '../../../src/sim/world.types.ts';

/** What devices told of the OS they run, as far as it was answered 200: by the time of telling, whatever came late. */
export interface Reported {
  note(event: WorldEvent): void;
  latest(device: string): { version: string; sentAt: number } | undefined;
}

export function createReported(): Reported {
  const newest = new Map<string, { version: string; sentAt: number }>();
  return {
    note(event) {
      if ((event.kind !== 'webhook' && event.kind !== 'dm') || event.status !== 200 || event.osVersion === undefined) return;
      const sentAt = event.kind === 'webhook' ? event.sentAt : event.at;
      const known = newest.get(event.device);
      if (known === undefined || sentAt >= known.sentAt) newest.set(event.device, { version: event.osVersion, sentAt });
    },
    latest: (device) => newest.get(device),
  };
}
