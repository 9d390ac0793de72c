import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { type StoreLimits, testStore } from './contract.ts';

const clock = { turn: () => new Promise<void>((resolve) => setImmediate(resolve)) };

testStore('SQLite in memory', async (limits) => {
  const store = openSqliteStore({ file: ':memory:', clock, ...limits });
  return { store, dispose: () => store.close() };
});

testStore('SQLite in a file', async (limits: StoreLimits = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-store-'));
  const file = join(folder, 'sub', 'ratchet.db');
  let store = openSqliteStore({ file, clock, ...limits });
  return {
    store,
    async reopen() {
      await store.close();
      store = openSqliteStore({ file, clock, ...limits });
      return store;
    },
    async dispose() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});
