import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Fleet } from '../harness.ts';
import type { Notes } from '../recorder.ts';
import { isAnsweredElsewhere } from './time-to-repair.ts';

/** In place of an event id. */
export const READ_THERE = 'read there';

type Report = WorldEvent & { kind: 'dm' };

export interface ReportsHeard extends Notes {
  /** The event without what the app can't have heard by it. */
  asHeard(event: WorldEvent): WorldEvent;
}

/**
 * What a device reports to another declaration server, the app has by the webhook alone. MicroMDM's has none of it: there
 * the app reads it in that server, minutes later, and has heard it once it is stored. Then it is told like a webhook of that
 * report. One that was answered here is heard once it is stored, though its answer got lost with the process.
 */
export function createReportsHeard(fleet: Fleet, tell: (event: WorldEvent) => void): ReportsHeard {
  const { world, scheduler } = fleet;
  const isElsewhere = isAnsweredElsewhere(fleet);
  const isReadThere = isElsewhere && world.server === 'micromdm';
  /** By device, the oldest first: reported, and not read so far. */
  const unread = new Map<string, Report[]>();
  /** What the report told that was stored while the device waits for its answer. */
  const stored = new Map<string, string | undefined>();

  function asAnswered(event: Report): WorldEvent {
    const isStored = stored.has(event.device);
    const osVersion = stored.get(event.device);
    stored.delete(event.device);
    // The world notes nothing of a report that was not taken.
    return event.status === 200 || !isStored ? event : { ...event, status: 200, ...(osVersion === undefined ? {} : { osVersion }) };
  }

  return {
    asHeard(event) {
      if (event.kind !== 'dm' || event.method !== 'PUT') return event;
      if (!isElsewhere) return asAnswered(event);
      if (isReadThere && event.status === 200) unread.set(event.device, [...(unread.get(event.device) ?? []), event]);
      const { osVersion: _version, installState: _state, ...rest } = event;
      return rest;
    },
    onReportStored({ device, osVersion }) {
      if (!isElsewhere) stored.set(device, osVersion);
      const waiting = unread.get(device) ?? [];
      const index = waiting.findLastIndex((report) => report.osVersion === osVersion);
      const report = waiting[index];
      if (report === undefined) return;
      unread.set(device, waiting.slice(index + 1));
      const { osVersion: _version, installState } = report;
      const told = { ...(osVersion === undefined ? {} : { osVersion }), ...(installState === undefined ? {} : { installState }) };
      const { name, local } = report;
      const heard = { kind: 'webhook', topic: 'mdm.DeclarativeManagement', eventId: READ_THERE, status: 200, sentAt: report.at } as const;
      tell({ ...heard, device, name, local, at: scheduler.now(), ...told });
    },
  };
}
