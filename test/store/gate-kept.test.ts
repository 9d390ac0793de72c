import { expect, it } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { GATE_VERIFIED_KEPT_MAX } from '../../src/store/store.ts';
import { NOON } from './builders.ts';

/** Beside the contract, because on disk ten thousand commits take a minute. */
it('contacts of devices are bounded, and those that were let in push out none that was sent away', async () => {
  const store = openSqliteStore({ file: ':memory:', clock: { turn: async () => undefined } });
  await store.addGateContact({ at: NOON, outcome: 'sent-away', isVerified: true, serialNumber: 'S1' });
  for (let at = 0; at < GATE_VERIFIED_KEPT_MAX + 200; at += 1)
    await store.addGateContact({ at: NOON + at, outcome: 'reached', isVerified: true, serialNumber: 'S2' });
  expect(await store.listSentAway('S1', 10)).toStrictEqual([NOON]);
  const { reached = 0 } = await store.countGateContacts(0);
  expect(reached).toBeGreaterThanOrEqual(GATE_VERIFIED_KEPT_MAX);
  expect(reached).toBeLessThanOrEqual(GATE_VERIFIED_KEPT_MAX + 100);
  await store.close();
});
