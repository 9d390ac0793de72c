import type { GateContact } from '../../gate/gate-contact.ts';
import type { Clock } from '../../runtime.ts';
import type { GateStore } from '../../store/store.ts';
import { MINUTE_MS } from '../../time/local.ts';

/** Contacts noted a minute. Those of nobody in particular are made by whoever likes to; a thousand devices unpacked at once are not. */
const VERIFIED_MAX = 600;
const OTHERS_MAX = 10;

export interface Record {
  /** In any case: rejects when it is not on disk. */
  keep(contact: GateContact): Promise<void>;
  /** Unless there were too many in this minute: each is a write to the disk. */
  note(contact: GateContact): Promise<void>;
}

export function createRecord(store: Pick<GateStore, 'addGateContact'>, clock: Pick<Clock, 'now'>): Record {
  let minute = 0;
  let verified = 0;
  let others = 0;

  /** False when this one is too many. */
  function counts(isVerified: boolean): boolean {
    const now = Math.floor(clock.now() / MINUTE_MS);
    if (now !== minute) [minute, verified, others] = [now, 0, 0];
    if (isVerified) verified += 1;
    else others += 1;
    return isVerified ? verified <= VERIFIED_MAX : others <= OTHERS_MAX;
  }

  return {
    async keep(contact) {
      if (!counts(true)) throw new Error(`more than ${VERIFIED_MAX} contacts in a minute`);
      await store.addGateContact(contact);
    },
    async note(contact) {
      if (counts(contact.isVerified)) await store.addGateContact(contact);
    },
  };
}
