import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { backUpDatabase } from '../../src/store/sqlite/backup.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { NOON } from './builders.ts';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-backup-spool-'));
afterAll(() => rmSync(folder, { recursive: true }));
const clock = { turn: () => new Promise<void>((resolve) => setImmediate(resolve)) };

it('a backup holds nothing of what waited for other consumers: they have it when the copy is used', async () => {
  const file = join(folder, 'ratchet.db');
  const store = openSqliteStore({ file, clock });
  await store.addToSpool(new Uint8Array([1]), ['nanocmd']);
  await store.raiseAlert({ key: 'held', at: NOON, sentence: 'Held.', detail: {} });
  backUpDatabase(file, join(folder, 'copy.db'), { at: NOON, version: '1.2.3' });
  expect(await store.listSpool(0, 10)).toHaveLength(1);
  await store.close();
  const copy = openSqliteStore({ file: join(folder, 'copy.db'), clock });
  expect(await copy.listSpool(0, 10)).toEqual([]);
  expect(await copy.listAlerts()).toHaveLength(1);
  await copy.close();
});
