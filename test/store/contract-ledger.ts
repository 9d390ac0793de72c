import { describe, expect, it } from 'vitest';
import { commitOf, ledgerLine, manifest, NOON } from './builders.ts';
import type { Bench } from './contract.ts';

const AUDIT = { at: NOON, by: 'jane', act: 'import-ledger', detail: { written: 1 } };
const ENTRY = { at: NOON, kind: 'ledger', text: 'Carried over.' };
const carried = (changes: Parameters<typeof ledgerLine>[0] = {}) => ({ line: ledgerLine(changes), entry: ENTRY });

export function testLedger(bench: Bench): void {
  describe('lines of another server', () => {
    it('are written beside their own, with audit line and timeline', async () => {
      const { store } = bench;
      await store.commitReconciled([commitOf('D1', { ledgerLines: [ledgerLine({ release: 'iOS 26.6' })] })]);
      await store.carryLines([carried()], AUDIT);
      const [gathered] = await store.loadForReconcile(['D1']);
      expect(gathered?.lines.map(({ release }) => release).sort()).toEqual(['iOS 26.6', 'iOS 26.6.1']);
      expect(gathered?.lines).toContainEqual(ledgerLine());
      expect(await store.listAudit(1)).toEqual([AUDIT]);
      expect(await store.listTimeline('D1', 5)).toContainEqual(ENTRY);
    });

    it('make no line later, also one that came in between', async () => {
      const { store } = bench;
      const here = ledgerLine({ dueLocal: '2026-12-05T18:00:00', dueAt: NOON + 5 });
      await store.commitReconciled([commitOf('D1', { ledgerLines: [here] })]);
      // On the clock of the device, whatever the zones of the two: as a moment it is before the one here.
      await store.carryLines([carried({ dueLocal: '2026-12-05T19:00:00', dueAt: NOON + 1, clockStartAt: 1 })], AUDIT);
      expect((await store.loadForReconcile(['D1']))[0]?.lines).toEqual([here]);
      expect(await store.listTimeline('D1', 5)).not.toContainEqual(ENTRY);
      const sooner = { dueLocal: '2026-12-05T17:00:00', dueAt: NOON + 9, clockStartAt: 1 };
      await store.carryLines([carried(sooner)], AUDIT);
      expect((await store.loadForReconcile(['D1']))[0]?.lines).toEqual([ledgerLine(sooner)]);
    });

    it('make their device due, a decision under way stale, and its manifest wait for the next one', async () => {
      const { store } = bench;
      await store.commitReconciled([commitOf('D1', { recheckAt: NOON + 1_000, manifest: manifest('token') })]);
      await store.carryLines([carried()], AUDIT);
      expect(await store.listDue(NOON, 10)).toEqual(['D1']);
      expect(await store.commitReconciled([commitOf('D1', { basedOn: 1 })])).toEqual(['stale']);
      expect((await store.findManifestHead('D1'))?.answerableUntil).toBe(0);
    });
  });
}
