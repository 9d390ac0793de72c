import { describe, expect, it } from 'vitest';
import { EVENTS_PER_LOAD_MAX, InboxFullError, type InboxItem, type ParkedItem, StoreError } from '../../src/store/store.ts';
import { commitOf, inboxItem, NOON } from './builders.ts';
import type { Bench } from './contract.ts';

export function testInbox(bench: Bench): void {
  const eventIdsOf = async (id: string) => (await bench.store.loadForReconcile([id]))[0]?.events.map(({ event }) => event.eventId);

  describe('the inbox', () => {
    it('gives events back as they were, per enrollment and in order', async () => {
      const { store } = bench;
      const items = [
        inboxItem('D2', NOON, 'a'),
        inboxItem('D1', NOON + 5, 'b'),
        inboxItem('D2', NOON - 5, 'c'),
        inboxItem('D2', NOON, 'd'),
      ];
      await Promise.all(items.map((item) => store.append([item])));
      await store.append([inboxItem('D2', NOON, 'e'), inboxItem('D1', NOON, 'f')]);

      const [first, second, third] = await store.loadForReconcile(['D2', 'nobody', 'D1']);
      expect(first?.events.map(({ event }) => event.eventId)).toEqual(['a', 'c', 'd', 'e']);
      expect(first?.events[0]).toEqual(items[0]);
      expect(second).toMatchObject({ id: 'nobody', revision: 0, events: [], lastSeq: 0, lines: [], commands: [], push: { lastSentAt: 0 } });
      expect(third?.events.map(({ event }) => event.eventId)).toEqual(['b', 'f']);
      expect(await store.countInbox()).toBe(6);
      expect(await store.listPending(10)).toEqual(['D2', 'D1']);
      expect(await store.listPending(1)).toEqual(['D2']);
    });

    it('is drained by the commit that folds them, and only as far as it read', async () => {
      const { store } = bench;
      await store.append([inboxItem('D1', NOON, 'a'), inboxItem('D2', NOON, 'b')]);
      const [gathered] = await store.loadForReconcile(['D1']);
      await store.append([inboxItem('D1', NOON, 'after the load')]);

      expect(await store.commitReconciled([commitOf('D1', { consumedSeq: gathered?.lastSeq })])).toEqual(['committed']);
      expect(await eventIdsOf('D1')).toEqual(['after the load']);
      expect(await eventIdsOf('D2')).toEqual(['b']);
      expect(await store.countInbox()).toBe(2);
    });

    it('hands out at most a bounded number at a time', async () => {
      const { store } = bench;
      const items = Array.from({ length: EVENTS_PER_LOAD_MAX + 3 }, (_, index) => inboxItem('D1', NOON + index, String(index)));
      await store.append(items);
      const [gathered] = await store.loadForReconcile(['D1']);
      expect(gathered?.events.length).toBe(EVENTS_PER_LOAD_MAX);

      await store.commitReconciled([commitOf('D1', { consumedSeq: gathered?.lastSeq })]);
      expect(await eventIdsOf('D1')).toEqual([EVENTS_PER_LOAD_MAX, EVENTS_PER_LOAD_MAX + 1, EVENTS_PER_LOAD_MAX + 2].map(String));
    });

    it('takes all appends of a turn or none', async () => {
      const { store } = bench;
      await store.append([inboxItem('D1', NOON, 'before')]);

      const results = await Promise.allSettled([
        store.append([inboxItem('D1', NOON, 'with it')]),
        store.append([unstorable('D1')]),
        store.append([inboxItem('D2', NOON, 'with it too')]),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
      for (const result of results) expect((result as PromiseRejectedResult).reason).toBeInstanceOf(StoreError);

      await store.append([inboxItem('D1', NOON, 'after')]);
      expect(await eventIdsOf('D1')).toEqual(['before', 'after']);
      expect(await eventIdsOf('D2')).toEqual([]);
    });

    it('refuses what is over its limit, and takes events again once there is room', async () => {
      const store = await bench.make({ inboxRowsMax: 3 });
      const results = await Promise.allSettled(Array.from({ length: 5 }, (_, index) => store.append([inboxItem('D1', NOON + index)])));
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
      await expect(store.append([inboxItem('D2')])).rejects.toThrow(InboxFullError);
      await expect(store.append([inboxItem('D2')])).rejects.toThrow('3 events');
      expect(await store.countInbox()).toBe(3);

      const [gathered] = await store.loadForReconcile(['D1']);
      await store.commitReconciled([commitOf('D1', { consumedSeq: gathered?.lastSeq })]);
      await store.append([inboxItem('D2')]);
      expect(await store.countInbox()).toBe(1);
    });

    it('takes nothing once it is closed', async () => {
      const store = await bench.make({});
      const underWay = store.append([inboxItem('D1')]);
      await store.close();
      await underWay;
      await expect(store.append([inboxItem('D1')])).rejects.toThrow();
      await expect(store.checkWritable(NOON)).rejects.toThrow(StoreError);
    });
  });

  describe('what is put aside', () => {
    const parked = (index: number): ParkedItem => ({
      receivedAt: NOON + index,
      topic: 'mdm.Connect',
      reason: 'payload-not-plist',
      detail: `${index} octets`,
      bytes: index,
      sha256: 'f'.repeat(64),
    });

    it('comes back newest first, with and without an event id', async () => {
      const { store } = bench;
      await store.park(parked(1));
      await store.park({ ...parked(2), eventId: 'trace' });
      expect(await store.listParked(10)).toStrictEqual([{ ...parked(2), eventId: 'trace' }, parked(1)]);
      expect(await store.listParked(1)).toStrictEqual([{ ...parked(2), eventId: 'trace' }]);
    });

    it('is bounded: the oldest goes', async () => {
      const { store } = bench;
      for (let index = 0; index < 1_010; index++) await store.park(parked(index));
      const kept = await store.listParked(10_000);
      expect([kept.length, kept[0]?.bytes, kept.at(-1)?.bytes]).toEqual([1_000, 1_009, 10]);
    });
  });
}

/** JSON has no such value: stands for whatever may go wrong inside a transaction. */
function unstorable(id: string): InboxItem {
  const item = inboxItem(id);
  return { ...item, event: { ...item.event, observedAt: 1n as unknown as number } };
}
