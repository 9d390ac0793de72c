import { compareVersionTexts } from '../../../src/sim/table.ts';
import type { WorldEvent } from '../../../src/sim/world.types.ts';

/** What devices told of the OS they run, as far as it was answered 200: by the time of telling, whatever came late. */
export interface Reported {
  note(event: WorldEvent): void;
  latest(device: string): { version: string; sentAt: number } | undefined;
  /** What had come by then, if it changed once since. */
  before(device: string, by: number): string | undefined;
  /** It once told a lower version than before. */
  hasFallen(device: string): boolean;
}

export function createReported(): Reported {
  const newest = new Map<string, { version: string; sentAt: number }>();
  const fallen = new Set<string>();
  const changes = new Map<string, { before: string | undefined; at: number }>();
  return {
    note(event) {
      if ((event.kind !== 'webhook' && event.kind !== 'dm') || event.status !== 200 || !isVersion(event.osVersion)) return;
      const sentAt = event.kind === 'webhook' ? event.sentAt : event.at;
      const known = newest.get(event.device);
      if (known !== undefined && sentAt < known.sentAt) return;
      if (known !== undefined && compareVersionTexts(event.osVersion, known.version) < 0) fallen.add(event.device);
      newest.set(event.device, { version: event.osVersion, sentAt });
      if (known?.version !== event.osVersion) changes.set(event.device, { before: known?.version, at: event.at });
    },
    latest: (device) => newest.get(device),
    before: (device, by) => {
      const change = changes.get(device);
      return change?.before !== undefined && change.at > by ? change.before : newest.get(device)?.version;
    },
    hasFallen: (device) => fallen.has(device),
  };
}

/** What can't be read tells nothing. */
function isVersion(text: string | undefined): text is string {
  return text !== undefined && /^\d+(\.\d+)*$/.test(text);
}
