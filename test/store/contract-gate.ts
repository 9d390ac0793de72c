import { describe, expect, it } from 'vitest';
import type { GateContact } from '../../src/gate/gate-contact.ts';
import { GATE_OTHERS_KEPT_MAX } from '../../src/store/store.ts';
import { NOON } from './builders.ts';
import type { Bench } from './contract.ts';

const AWAY: GateContact = { at: NOON, outcome: 'sent-away', isVerified: true, serialNumber: 'S1', udid: 'D1', requires: '26.6.1' };
const NOBODY: GateContact = { at: NOON, outcome: 'unverified', isVerified: false, problem: 'it is no CMS message' };

export function testGate(bench: Bench): void {
  describe('contacts at the gate', () => {
    it('are listed as they were, the newest first, of all or of one serial number or UDID', async () => {
      const { store } = bench;
      const other: GateContact = { ...AWAY, at: NOON + 1, serialNumber: 'S2', udid: 'D2' };
      for (const contact of [AWAY, other, NOBODY]) await store.addGateContact(contact);
      expect(await store.listGateContacts({ since: 0 }, 10)).toStrictEqual([NOBODY, other, AWAY]);
      expect(await store.listGateContacts({ since: 0 }, 2)).toStrictEqual([NOBODY, other]);
      expect(await store.listGateContacts({ since: NOON + 1 }, 10)).toStrictEqual([other]);
      expect(await store.listGateContacts({ since: 0, device: 'S1' }, 10)).toStrictEqual([AWAY]);
      expect(await store.listGateContacts({ since: 0, device: 'D2' }, 10)).toStrictEqual([other]);
      expect(await store.countGateContacts(NOON)).toStrictEqual({ 'sent-away': 2, unverified: 1 });
    });

    it('tell when a device was sent away, and outlive a restart', async () => {
      const { store, reopen } = bench;
      await store.addGateContact(AWAY);
      await store.addGateContact({ ...AWAY, at: NOON + 1 });
      await store.addGateContact({ ...AWAY, at: NOON + 2, outcome: 'reached' });
      await store.addGateContact({ ...AWAY, at: NOON + 3, serialNumber: 'S2' });
      expect(await store.listSentAway('S1', 10)).toStrictEqual([NOON + 1, NOON]);
      expect(await store.listSentAway('S1', 1)).toStrictEqual([NOON + 1]);
      expect(await store.listSentAway('S3', 10)).toStrictEqual([]);
      if (reopen !== undefined) expect(await (await reopen()).listSentAway('S1', 10)).toStrictEqual([NOON + 1, NOON]);
    });

    it('go by UDID where a device told no serial number', async () => {
      const { store } = bench;
      const { serialNumber: _untold, ...unnamed } = AWAY;
      await store.addGateContact(unnamed);
      expect(await store.listSentAway('D1', 10)).toStrictEqual([NOON]);
    });

    it('of nobody in particular are bounded, and push out no other', async () => {
      const { store } = bench;
      await store.addGateContact(AWAY);
      for (let at = 0; at < GATE_OTHERS_KEPT_MAX + 5; at += 1) await store.addGateContact({ ...NOBODY, at: NOON + at });
      const kept = await store.listGateContacts({ since: 0 }, 10_000);
      expect(kept).toHaveLength(GATE_OTHERS_KEPT_MAX + 1);
      expect(kept.at(-1)).toStrictEqual(AWAY);
    });
  });
}
