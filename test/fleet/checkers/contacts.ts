import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Fleet } from '../harness.ts';
import { createHeardAt } from './heard-at.ts';
import { isAnsweredElsewhere } from './time-to-repair.ts';

/** Signs of life as they reached the app: when they were given, and when they came. */
export interface Contacts {
  note(event: WorldEvent): void;
  /** Nothing given from `from` to `until` had come by `until`. */
  isSilent(device: string, from: number, until: number): boolean;
}

/** `isSure`: a request that was answered with an error counts for nothing. It may have been the server's own, with no app behind it. */
export function createContacts(fleet: Fleet, { isSure = false } = {}): Contacts {
  const heardAt = createHeardAt(fleet);
  // What a device asks another server for reaches the app with that server's webhook, or not at all.
  const isElsewhere = isAnsweredElsewhere(fleet);
  const byDevice = new Map<string, { sentAt: number; cameAt: number }[]>();
  return {
    note(event) {
      if (event.kind !== 'webhook' && (event.kind !== 'dm' || isElsewhere)) return;
      if (event.status !== 200 && (isSure || event.kind === 'webhook')) return;
      const sentAt = event.kind === 'webhook' ? heardAt(event) : event.at;
      if (event.kind === 'webhook' && event.topic === 'mdm.CheckOut') return;
      const contact = { sentAt, cameAt: event.at };
      const known = byDevice.get(event.device);
      if (known) known.push(contact);
      else byDevice.set(event.device, [contact]);
    },
    isSilent(device, from, until) {
      return !(byDevice.get(device) ?? []).some(({ sentAt, cameAt }) => sentAt >= from && sentAt < until && cameAt < until);
    },
  };
}
