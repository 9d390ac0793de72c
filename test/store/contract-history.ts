import { describe, expect, it } from 'vitest';
import { EXCHANGE_BYTES_MAX, EXCHANGES_KEPT_MAX, type Exchange, type TimelineEntry } from '../../src/store/store.ts';
import { commitOf, inboxItem, NOON } from './builders.ts';
import type { Bench } from './contract.ts';

const heard = (at: number): Exchange => ({ what: 'heard', event: inboxItem('D1', at).event });
const entry = (text: string, exchange?: Exchange): TimelineEntry => ({ at: NOON, kind: 'fact', text, ...(exchange ? { exchange } : {}) });

export function testHistory(bench: Bench): void {
  describe('what happened to a device', () => {
    it('is read page by page, newest first, with what went over the wire: entries of one exchange share it', async () => {
      const { store } = bench;
      const [first, second] = [heard(NOON), heard(NOON + 1)];
      await store.commitReconciled([
        commitOf('D1', { timeline: [entry('version', first), entry('build', first), entry('decided'), entry('zone', second)] }),
        commitOf('D2', { timeline: [entry('other', heard(NOON + 2))] }),
      ]);
      const all = await store.listHistory('D1', undefined, 10);
      expect(all.map(({ text }) => text)).toEqual(['zone', 'decided', 'build', 'version']);
      const [zone, decided, build, version] = all;
      expect([decided?.exchange, build?.exchange === version?.exchange, zone?.exchange === build?.exchange]).toEqual([
        undefined,
        true,
        false,
      ]);
      expect(await store.findExchange('D1', version?.exchange ?? 0)).toEqual(first);
      expect(await store.listHistory('D1', decided?.seq, 1)).toEqual([build]);
      // Of another device there is none.
      expect(await store.findExchange('D2', version?.exchange ?? 0)).toBeUndefined();
    });

    it('keeps the newest exchanges, of each device for itself, and says of the others that they are gone', async () => {
      const { store } = bench;
      await store.commitReconciled([commitOf('D2', { timeline: [entry('theirs', heard(0))] })]);
      for (let times = 0; times <= EXCHANGES_KEPT_MAX; times += 1)
        await store.commitReconciled([commitOf('D1', { basedOn: times, timeline: [entry(`${times}`, heard(times))] })]);
      const all = await store.listHistory('D1', undefined, 100);
      expect(all.filter(({ exchange }) => exchange === undefined).map(({ text }) => text)).toEqual(['0']);
      expect((await store.listHistory('D2', undefined, 1))[0]?.exchange).toBeDefined();
    });

    it('keeps of one that is too large how large it was', async () => {
      const { store } = bench;
      const plist = 'x'.repeat(EXCHANGE_BYTES_MAX);
      await store.commitReconciled([commitOf('D1', { timeline: [entry('sent', { what: 'command', commandUuid: 'u', plist })] })]);
      const [sent] = await store.listHistory('D1', undefined, 1);
      expect(await store.findExchange('D1', sent?.exchange ?? 0)).toEqual({ what: 'too-large', bytes: expect.any(Number) });
    });
  });
}
