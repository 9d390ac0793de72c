import { describe, expect, it } from 'vitest';
import type { Bench } from './contract.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const told = (events: { seq: number; sealed: Uint8Array; targets: string[] }[]) =>
  events.map(({ sealed, targets }) => [[...sealed], [...targets].sort()]);

export function testSpool(bench: Bench): void {
  describe('the spool', () => {
    it('is empty at first', async () => {
      expect(await bench.store.listSpool(0, 10)).toEqual([]);
      expect(await bench.store.emptySpool()).toBe(0);
    });

    it('keeps bytes as they are, in the order in which they came, and with whom they wait for', async () => {
      const { store } = bench;
      await Promise.all([store.addToSpool(bytes(0, 255, 0), ['a', 'b']), store.addToSpool(bytes(), ['a'])]);
      await store.addToSpool(bytes(7), ['b']);
      const all = [
        [
          [0, 255, 0],
          ['a', 'b'],
        ],
        [[], ['a']],
        [[7], ['b']],
      ];
      expect(told(await store.listSpool(0, 10))).toEqual(all);
      const reopened = bench.reopen === undefined ? store : await bench.reopen();
      expect(told(await reopened.listSpool(0, 10))).toEqual(all);
    });

    it('is read page by page', async () => {
      const { store } = bench;
      for (const value of [1, 2, 3]) await store.addToSpool(bytes(value), ['a']);
      const [first, second] = await store.listSpool(0, 2);
      expect([first?.sealed[0], second?.sealed[0]]).toEqual([1, 2]);
      expect(told(await store.listSpool(second?.seq ?? 0, 2))).toEqual([[[3], ['a']]]);
    });

    it('loses an event when the last target has it, and no number is given twice', async () => {
      const { store } = bench;
      const seq = await store.addToSpool(bytes(1), ['a', 'b']);
      await store.removeFromSpool([{ seq, target: 'a' }]);
      expect(told(await store.listSpool(0, 10))).toEqual([[[1], ['b']]]);
      await store.removeFromSpool([
        { seq, target: 'b' },
        { seq, target: 'nobody' },
        { seq: 999, target: 'a' },
      ]);
      expect(await store.listSpool(0, 10)).toEqual([]);
      await store.removeFromSpool([]);
      expect(await store.addToSpool(bytes(2), ['a'])).toBeGreaterThan(seq);
    });

    it('is emptied as a whole', async () => {
      const { store } = bench;
      for (const value of [1, 2]) await store.addToSpool(bytes(value), ['a', 'b']);
      expect(await store.emptySpool()).toBe(2);
      expect(await store.listSpool(0, 10)).toEqual([]);
    });
  });
}
