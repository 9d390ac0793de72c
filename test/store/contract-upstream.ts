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

  describe('a body of another declaration server', () => {
    const body = (enrollmentId: string, text: string) => ({ identifier: 'wifi', serverToken: 't', enrollmentId, body: text });

    it('is given to who got it, and to others once two got the same', async () => {
      const { store } = bench;
      await store.saveUpstreamBody(body('a', 'same'));
      expect(await store.findUpstreamBody('wifi', 't', 'a')).toBe('same');
      expect(await store.findUpstreamBody('wifi', 't', 'b')).toBeUndefined();
      await store.saveUpstreamBody(body('a', 'same'));
      expect(await store.findUpstreamBody('wifi', 't', 'b')).toBeUndefined();
      await store.saveUpstreamBody(body('b', 'same'));
      expect(await store.findUpstreamBody('wifi', 't', 'c')).toBe('same');
      expect(await store.findUpstreamBody('wifi', 'u', 'c')).toBeUndefined();
      expect(await store.findUpstreamBody('mail', 't', 'c')).toBeUndefined();
    });

    it('that is not the same for all is given to nobody, whatever comes later', async () => {
      const { store } = bench;
      for (const id of ['a', 'b']) await store.saveUpstreamBody(body(id, 'same'));
      await store.saveUpstreamBody(body('c', 'of c alone'));
      for (const id of ['b', 'd']) await store.saveUpstreamBody(body(id, 'same'));
      for (const id of ['a', 'c', 'e']) expect(await store.findUpstreamBody('wifi', 't', id)).toBeUndefined();
    });

    it('of more than a mebibyte is not kept, and of too many the oldest goes', async () => {
      const { store } = bench;
      await store.saveUpstreamBody(body('a', 'x'.repeat(1024 * 1024 + 1)));
      expect(await store.findUpstreamBody('wifi', 't', 'a')).toBeUndefined();
      for (let index = 0; index < 2_001; index++) await store.saveUpstreamBody({ ...body('a', `${index}`), identifier: `n${index}` });
      expect(await store.findUpstreamBody('n0', 't', 'a')).toBeUndefined();
      expect(await store.findUpstreamBody('n1', 't', 'a')).toBe('1');
      expect(await store.findUpstreamBody('n2000', 't', 'a')).toBe('2000');
    });
  });
}
