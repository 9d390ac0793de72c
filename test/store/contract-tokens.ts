import { describe, expect, it } from 'vitest';
import type { ApiToken, AuditEntry } from '../../src/store/store.ts';
import { NOON } from './builders.ts';
import type { Bench } from './contract.ts';

const token = (id: string, more: Partial<ApiToken> = {}): ApiToken => ({
  id,
  name: `name of ${id}`,
  role: 'read',
  sha256: `hash of ${id}`,
  createdAt: NOON,
  createdBy: 'jane',
  ...more,
});
const line = (act: string): AuditEntry => ({ at: NOON, by: 'jane', act, detail: {} });

export function testTokens(bench: Bench): void {
  describe('tokens of the API', () => {
    it('are kept with all that is known of them, oldest first', async () => {
      const { store } = bench;
      const later = token('a', { createdAt: NOON + 1, role: 'operate', expiresAt: NOON + 2, lastUsedAt: NOON + 3 });
      await store.saveToken(later, line('token-create'));
      await store.saveToken(token('b'), line('token-create'));
      expect(await store.listTokens()).toEqual([token('b'), later]);
      const reopened = bench.reopen === undefined ? store : await bench.reopen();
      expect(await reopened.listTokens()).toEqual([token('b'), later]);
    });

    it('are changed, and others forgotten, with their audit line or not at all', async () => {
      const { store } = bench;
      for (const id of ['a', 'b', 'c']) await store.saveToken(token(id), line('token-create'));
      const revoked = token('a', { revokedAt: NOON + 5, revokedBy: 'jim' });
      await store.saveToken(revoked, line('token-revoke'), ['c', 'nobody']);
      expect(await store.listTokens()).toEqual([revoked, token('b')]);
      expect((await store.listAudit(1))[0]).toEqual(line('token-revoke'));
      const unreadable = { ...line('token-revoke'), by: null as unknown as string };
      await expect(store.saveToken(token('d'), unreadable, ['a', 'b'])).rejects.toThrow();
      expect(await store.listTokens()).toEqual([revoked, token('b')]);
    });

    it('say when they were last used', async () => {
      const { store } = bench;
      await store.saveToken(token('a'), line('token-create'));
      await store.noteTokenUse('a', NOON + 7);
      await store.noteTokenUse('nobody', NOON + 7);
      expect(await store.listTokens()).toEqual([token('a', { lastUsedAt: NOON + 7 })]);
    });
  });
}
