import { describe, expect, it } from 'vitest';
import type { UpstreamManifest } from '../../src/store/store.ts';
import { NOON } from './builders.ts';
import type { Bench } from './contract.ts';

const listing = (...identifiers: string[]): UpstreamManifest => ({
  lists: {
    Activations: [],
    Assets: [],
    Configurations: identifiers.map((Identifier) => ({ Identifier, ServerToken: 't' })),
    Management: [],
  },
  heardAt: NOON,
  token: `token of ${identifiers.join()}`,
  changedAt: NOON,
});

export function testUpstream(bench: Bench): void {
  describe('what another declaration server has for devices', () => {
    it('is kept as it was heard last', async () => {
      const { store } = bench;
      expect(await store.findUpstream('a')).toBeUndefined();
      await store.saveUpstream('a', listing('wifi'));
      const later = { ...listing('wifi', 'mail'), heardAt: NOON + 5, changedAt: NOON + 5 };
      await store.saveUpstream('a', later);
      const reopened = bench.reopen === undefined ? store : await bench.reopen();
      expect(await reopened.findUpstream('a')).toEqual(later);
      expect(await reopened.findUpstream('b')).toBeUndefined();
    });

    it('tells of others that it has something for, those heard last first', async () => {
      const { store } = bench;
      for (const [index, id] of ['a', 'b', 'c', 'd'].entries())
        await store.saveUpstream(id, { ...(id === 'c' ? listing() : listing('wifi')), heardAt: NOON + index });
      expect(await store.listUpstreamHolders('a', 5)).toEqual(['d', 'b']);
      expect(await store.listUpstreamHolders('x', 2)).toEqual(['d', 'b']);
      await store.saveUpstream('d', listing());
      expect(await store.listUpstreamHolders('a', 5)).toEqual(['b']);
    });
  });
}
