import { describe, expect, it } from 'vitest';
import type { Placement } from '../../src/decide/placement.ts';
import { commitOf, manifest, NOON } from './builders.ts';
import type { Bench } from './contract.ts';

const PLACED: Placement = { token: 't1', at: NOON, identifiers: ['ratchet.a', 'ratchet.b'], added: ['ratchet.b'] };

export function testPlacements(bench: Bench): void {
  describe('what is placed in another server', () => {
    it('is read with its device, and stands in place of what was noted', async () => {
      const { store } = bench;
      await store.commitReconciled([commitOf('D1')]);
      expect((await store.loadForReconcile(['D1']))[0]).not.toHaveProperty('placement');
      await store.savePlacement('D1', PLACED, ['ratchet.a']);
      expect((await store.loadForReconcile(['D1']))[0]?.placement).toEqual(PLACED);
      const { token: _unknown, ...changing } = PLACED;
      await store.savePlacement('D1', changing, []);
      expect(await store.findPlacement('D1')).toEqual(changing);
      expect(await store.findPlacement('D2')).toBeUndefined();
    });

    it('differs from what is committed: withdrawals first, and never what is to be left alone', async () => {
      const { store } = bench;
      const enforcement = { identifier: 'ratchet.enforcement.1' } as never;
      await store.commitReconciled([
        commitOf('D1', { manifest: manifest('t1') }),
        commitOf('D2', { manifest: manifest('t2', { changedAt: NOON + 1 }) }),
        commitOf('D3', { manifest: manifest('t3', { changedAt: NOON + 2 }) }),
        commitOf('D4', { manifest: manifest('t4', { answerableUntil: -1 }) }),
        commitOf('D5', { manifest: manifest('t5', { changedAt: NOON + 3, enforcement }) }),
      ]);
      await store.savePlacement('D1', PLACED, []);
      await store.savePlacement('D3', { ...PLACED, enforcement: 'ratchet.enforcement.1' }, []);
      await store.savePlacement('D5', { ...PLACED, enforcement: 'ratchet.enforcement.1' }, []);
      const rows = [
        { enrollmentId: 'D3', isWithdrawal: true },
        { enrollmentId: 'D2', isWithdrawal: false },
        { enrollmentId: 'D5', isWithdrawal: false },
      ];
      expect(await store.listUnplaced()).toEqual(rows);
      await store.voidPlacements();
      expect((await store.listUnplaced()).map(({ enrollmentId }) => enrollmentId)).toEqual(['D3', 'D1', 'D2', 'D5']);
      expect((await store.findPlacement('D1'))?.token).toBeUndefined();
    });

    it('is listed in the order of ids, some at a time', async () => {
      const { store } = bench;
      for (const id of ['D2', 'D1', 'D3']) await store.savePlacement(id, PLACED, []);
      expect((await store.listPlaced('', 2)).map(({ enrollmentId }) => enrollmentId)).toEqual(['D1', 'D2']);
      expect(await store.countPlaced()).toBe(3);
      expect(await store.listPlaced('D2', 2)).toEqual([{ enrollmentId: 'D3', placement: PLACED }]);
    });

    it('counts the writes of groups, and knows the last of each for as long as the group is noted', async () => {
      const { store } = bench;
      await store.savePlacement('D1', PLACED, ['ratchet.a']);
      expect([await store.countGroupWrites(), await store.findGroupWrite('ratchet.a')]).toEqual([0, 0]);
      expect((await store.listGroupWrites()).size).toBe(0);
      for (const name of ['ratchet.a', 'ratchet.b', 'ratchet.a']) await store.noteGroupWrite(name);
      await store.savePlacement('D1', PLACED, ['ratchet.a']);
      expect(Object.fromEntries(await store.listGroupWrites())).toEqual({ 'ratchet.a': 3, 'ratchet.b': 2 });
      await store.forgetGroup('ratchet.a');
      expect([await store.findGroupWrite('ratchet.a'), await store.countGroupWrites()]).toEqual([0, 3]);
      expect(await store.noteGroupWrite('ratchet.a')).toBe(4);
    });

    it('leaves groups behind that nobody uses: in no manifest, and placed for nobody', async () => {
      const { store } = bench;
      const body = { Type: 'com.apple.x', Identifier: 'ratchet.a', ServerToken: 's', Payload: {} };
      await store.commitReconciled([commitOf('D1', { manifest: manifest('t1'), declarations: [body] })]);
      await store.savePlacement('D1', PLACED, ['ratchet.a', 'ratchet.b', 'ratchet.c', 'ratchet.d']);
      expect(await store.listUnusedGroups(10)).toEqual(['ratchet.c', 'ratchet.d']);
      expect(await store.listUnusedGroups(1)).toEqual(['ratchet.c']);
      await store.forgetGroup('ratchet.c');
      await store.savePlacement('D1', { ...PLACED, identifiers: [], added: [] }, []);
      expect(await store.listUnusedGroups(10)).toEqual(['ratchet.b', 'ratchet.d']);
    });
  });
}
