import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/decide/attempt.types.ts';
import { ATTEMPTS_KEPT_MAX } from '../../src/store/store.ts';
import { attempt, commitOf, NOON, outboxEntry } from './builders.ts';
import type { Bench } from './contract.ts';

export function testAttempts(bench: Bench): void {
  const write = (basedOn: number, attempts: Attempt[], id = 'D1') =>
    bench.store.commitReconciled([commitOf(id, { basedOn, attempts: attempts.map((each) => ({ ...each, enrollmentId: id })) })]);
  const list = async (query: Parameters<typeof bench.store.listAttempts>[0], limit = 100) =>
    (await bench.store.listAttempts(query, limit)).map(({ commandUuid }) => commandUuid);

  describe('the record of attempts', () => {
    it('keeps the newest word on each, and gives the unsettled ones with their enrollment, oldest first', async () => {
      const { store } = bench;
      await write(0, [attempt('b', { decidedAt: NOON + 1 }), attempt('a')]);
      await write(0, [attempt('other')], 'D2');
      const verified = attempt('b', { decidedAt: NOON + 1, outcome: 'verified', outcomeAt: NOON + 9, isSettled: true });
      expect((await store.loadForReconcile(['D1']))[0]?.attempts.map(({ commandUuid }) => commandUuid)).toEqual(['a', 'b']);
      await write(1, [verified]);
      expect((await store.loadForReconcile(['D1']))[0]?.attempts).toStrictEqual([attempt('a')]);
      expect(await store.listAttempts({ enrollmentId: 'D1', since: 0 }, 1)).toStrictEqual([verified]);
    });

    it('lists newest first, of one or of all, from a time on, page by page', async () => {
      await write(0, [attempt('a', { decidedAt: NOON }), attempt('c', { decidedAt: NOON + 2 }), attempt('b', { decidedAt: NOON + 2 })]);
      await write(0, [attempt('d', { decidedAt: NOON + 1 })], 'D2');
      expect(await list({ since: 0 })).toEqual(['c', 'b', 'd', 'a']);
      expect(await list({ since: NOON + 1 })).toEqual(['c', 'b', 'd']);
      expect(await list({ since: 0, enrollmentId: 'D2' })).toEqual(['d']);
      expect(await list({ since: 0, enrollmentId: 'nobody' })).toEqual([]);
      expect(await list({ since: 0, after: { decidedAt: NOON + 2, commandUuid: 'c' } }, 2)).toEqual(['b', 'd']);
      expect(await list({ since: 0, enrollmentId: 'D1', after: { decidedAt: NOON + 2, commandUuid: 'b' } })).toEqual(['a']);
    });

    it('has nothing of a commit that was stale', async () => {
      const { store } = bench;
      const entry = outboxEntry('a');
      await store.commitReconciled([commitOf('D1', { outbox: { add: [entry], change: [] } })]);
      expect(await write(7, [attempt('a')])).toEqual(['stale']);
      const change = [{ ...entry, revision: 9 }];
      expect(await store.commitReconciled([commitOf('D1', { basedOn: 1, outbox: { add: [], change }, attempts: [attempt('a')] })])).toEqual(
        ['stale'],
      );
      expect(await list({ since: 0 })).toEqual([]);
    });

    it('is bounded per enrollment: the oldest go', async () => {
      const many = Array.from({ length: ATTEMPTS_KEPT_MAX + 5 }, (_, index) =>
        attempt(`a${String(index).padStart(4, '0')}`, { decidedAt: NOON + Math.floor(index / 2) }),
      );
      await write(0, [attempt('other')], 'D2');
      await write(0, many.slice(0, 150));
      await write(1, many.slice(150));
      const kept = await list({ since: 0, enrollmentId: 'D1' }, 1_000);
      expect([kept.length, kept[0], kept.at(-1)]).toEqual([ATTEMPTS_KEPT_MAX, 'a0204', 'a0005']);
      expect(await list({ since: 0, enrollmentId: 'D2' })).toEqual(['other']);
    });
  });
}
