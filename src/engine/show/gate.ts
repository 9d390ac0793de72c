import type { GateContact } from '../../gate/gate-contact.ts';
import { GATE_OUTCOMES, type GateOutcomeSpec } from '../../gate/outcomes.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import type { GateAnswer, GateContactAnswer } from '../gate-answers.ts';

/** How far back, where nobody says. */
export const GATE_SINCE = '30d';
const CONTACTS_SHOWN = 500;

export interface GateWanted {
  sinceMs: number;
  /** Serial number or UDID; absent: all. */
  device?: string;
}

/** Who came to the enrollment gate, and what became of it. */
export async function gateOf(
  store: Pick<Store, 'listGateContacts' | 'countGateContacts'>,
  clock: Pick<Clock, 'now'>,
  { sinceMs, device }: GateWanted,
): Promise<GateAnswer> {
  const since = clock.now() - sinceMs;
  const contacts = await store.listGateContacts({ since, ...(device === undefined ? {} : { device }) }, CONTACTS_SHOWN + 1);
  const counts = new Map<string, number>();
  if (device === undefined) for (const [outcome, count] of Object.entries(await store.countGateContacts(since))) counts.set(outcome, count);
  else for (const { outcome } of contacts) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return {
    schema: 'ratchet.gate/1',
    since,
    counts: [...counts].map(([outcome, count]) => ({ outcome, contacts: count })).sort((a, b) => b.contacts - a.contacts),
    contacts: contacts.slice(0, CONTACTS_SHOWN).map(answerOf),
    isComplete: contacts.length <= CONTACTS_SHOWN,
  };
}

function answerOf({ serialNumber, ...contact }: GateContact): GateContactAnswer {
  const { sentence, remedy }: GateOutcomeSpec = GATE_OUTCOMES[contact.outcome];
  return {
    ...contact,
    sentence: `${sentence}.`,
    ...(remedy === undefined ? {} : { remedy }),
    ...(serialNumber === undefined ? {} : { serial: serialNumber }),
  };
}
