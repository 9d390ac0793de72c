import { describe, expect, it } from 'vitest';
import { watchChanges } from '../../src/engine/changes.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';

const clock = { now: () => 1_000, turn: async () => undefined };

describe('changes', () => {
  it('are told after they are written, with a new revision each', async () => {
    const { store, changes } = watchChanges(openSqliteStore({ file: ':memory:', clock }), clock);
    const seen: string[] = [];
    const stop = changes.listen(() => seen.push(changes.revision()));
    const before = changes.revision();
    await store.raiseAlert({ key: 'a', at: 1, sentence: 's', detail: {} });
    await store.audit({ at: 1, by: 'jane', act: 'pause', detail: {} });
    expect(new Set([before, ...seen]).size).toBe(3);
    stop();
    await store.clearAlert('a', 2);
    expect(seen).toHaveLength(2);
    expect(changes.revision()).not.toBe(seen.at(-1));
    await store.close();
  });

  it('are none by what is read, by what is written every minute, and by what could not be written', async () => {
    const real = openSqliteStore({ file: ':memory:', clock });
    const broken: Partial<Store> = { replaceTags: () => Promise.reject(new Error('the disk is full')) };
    const { store, changes } = watchChanges({ ...real, ...broken } as Store, clock);
    const before = changes.revision();
    await store.listAlerts();
    await store.append([]);
    await store.saveSite({ lastCommitAt: 5 });
    await expect(store.replaceTags('x', [])).rejects.toThrow('the disk is full');
    expect(changes.revision()).toBe(before);
    await store.saveSite({ lastCommitAt: 6, dueBasis: 'x' });
    expect(changes.revision()).not.toBe(before);
    await real.close();
  });

  it('of another process have other revisions', () => {
    const none = {} as Store;
    const [one, other] = [watchChanges(none, { now: () => 1 }), watchChanges(none, { now: () => 2 })];
    expect(one.changes.revision()).not.toBe(other.changes.revision());
  });
});
