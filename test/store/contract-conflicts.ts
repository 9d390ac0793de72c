import { describe, expect, it } from 'vitest';
import type { ConflictMark } from '../../src/store/store.ts';
import { commitOf } from './builders.ts';
import type { Bench } from './contract.ts';

const THEIRS: ConflictMark = { kind: 'enforcement', whose: 'http://kmfddm:9002/' };
const COMMAND: ConflictMark = { kind: 'update-command' };

export function testConflicts(bench: Bench): void {
  describe('conflicts', () => {
    it('are counted by what is alike, and stay until a commit says otherwise', async () => {
      const { store } = bench;
      await store.commitReconciled([
        commitOf('D1', { conflicts: [THEIRS] }),
        commitOf('D2', { conflicts: [THEIRS] }),
        commitOf('D3', { conflicts: [THEIRS, COMMAND] }),
        commitOf('D4'),
      ]);
      expect(await store.countConflicts()).toEqual([
        { conflicts: [THEIRS, COMMAND], devices: 1 },
        { conflicts: [THEIRS], devices: 2 },
      ]);
      expect(await store.listConflicting('enforcement', 2)).toHaveLength(2);
      expect(await store.listConflicting('update-command', 5)).toHaveLength(1);
      expect(await store.listConflicting('deferral', 5)).toEqual([]);
      await store.commitReconciled([commitOf('D1', { basedOn: 1 }), commitOf('D2', { basedOn: 1, conflicts: [] })]);
      expect(await store.countConflicts()).toEqual([
        { conflicts: [THEIRS, COMMAND], devices: 1 },
        { conflicts: [THEIRS], devices: 1 },
      ]);
    });
  });
}
