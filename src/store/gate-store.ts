import type { GateContact } from '../gate/gate-contact.ts';
import type { GateOutcome } from '../gate/outcomes.ts';
import type { Instant } from '../time/local.ts';

/** Contacts kept; the oldest go. Whoever reaches the public listener makes the others, so they can't push these out. */
export const GATE_VERIFIED_KEPT_MAX = 10_000;
/** On their own: what ends the sending away of a device is pushed out by no device that was let in. */
export const GATE_SENT_AWAY_KEPT_MAX = 10_000;
export const GATE_OTHERS_KEPT_MAX = 500;

export interface GateStore {
  /** On disk when it resolves: what the gate counts has to outlive a restart. */
  addGateContact(contact: GateContact): Promise<void>;
  /** When a device, by its serial number (its UDID where it tells none), was sent away, the newest first. */
  listSentAway(device: string, limit: number): Promise<Instant[]>;
  /** The newest first, of one serial number or UDID or of all. */
  listGateContacts(query: { device?: string; since: Instant }, limit: number): Promise<GateContact[]>;
  /** Of those kept; an outcome that nobody had is not in it. */
  countGateContacts(since: Instant): Promise<Partial<Record<GateOutcome, number>>>;
}
