import { describe, expect, it } from 'vitest';
import type { Bench } from './contract.ts';

export function testTags(bench: Bench): void {
  describe('tags', () => {
    it('of a source replace what it said before, and leave what others say', async () => {
      const { store } = bench;
      expect(await store.listTags()).toEqual([]);
      expect(await store.replaceTags('inventory', [{ subject: 'SERIAL1', tags: ['pilot'] }])).toBe(1);
      expect(await store.replaceTags('by hand', [{ subject: 'SERIAL1', tags: ['exec', 'berlin'] }])).toBe(2);
      expect(
        await store.replaceTags('inventory', [
          { subject: 'D9', tags: ['kiosk'] },
          { subject: 'SERIAL2', tags: [] },
        ]),
      ).toBe(3);
      expect(await store.listTags()).toEqual([
        { source: 'by hand', subject: 'SERIAL1', tags: ['exec', 'berlin'] },
        { source: 'inventory', subject: 'D9', tags: ['kiosk'] },
        { source: 'inventory', subject: 'SERIAL2', tags: [] },
      ]);
      await store.replaceTags('by hand', []);
      expect((await store.listTags()).map(({ source }) => source)).toEqual(['inventory', 'inventory']);
      expect((await store.loadSite()).tagsRevision).toBe(4);
    });

    it('are replaced whole or not at all', async () => {
      const { store } = bench;
      await store.replaceTags('inventory', [{ subject: 'SERIAL1', tags: ['pilot'] }]);
      const twice = ['a', 'b'].map((tag) => ({ subject: 'SERIAL2', tags: [tag] }));
      await expect(store.replaceTags('inventory', twice)).rejects.toThrow();
      expect(await store.listTags()).toEqual([{ source: 'inventory', subject: 'SERIAL1', tags: ['pilot'] }]);
      expect((await store.loadSite()).tagsRevision).toBe(1);
    });
  });
}
