import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inspectData } from '../../src/doctor-ports.ts';
import { createSystemClock } from '../../src/runtime/clock.ts';
import { dataLockState, lockDataFolder } from '../../src/runtime/data-lock.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';

/** What doctor sees of a data folder, in real folders; and that it leaves them as they were. */

const clock = createSystemClock();
let folder: string;
let data: string;
const file = () => join(data, 'ratchet.db');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-inspect-'));
  data = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function makeStore(): Promise<void> {
  mkdirSync(data, { recursive: true });
  const store = openSqliteStore({ file: file(), clock });
  await store.saveSite({ host: 'nanomdm http://mdm/v1/enqueue/', site: { dmReached: true }, clockDoubt: 'it slept' });
  await store.close();
}

it('is not there, and is not made', async () => {
  const seen = await inspectData(data, clock);
  expect(seen).toMatchObject({ isThere: false, isWritable: false, lock: 'free', database: { kind: 'none' } });
  expect(seen.freeBytes).toBeGreaterThan(0);
  expect(existsSync(data)).toBe(false);
});

it('is whole, and says what it remembers', async () => {
  await makeStore();
  const before = readFileSync(file());
  expect(await inspectData(data, clock)).toMatchObject({
    ...{ isThere: true, isWritable: true, lock: 'free' },
    database: {
      kind: 'whole',
      facts: { host: 'nanomdm http://mdm/v1/enqueue/', devices: 0, dmReached: true, clockDoubt: 'it slept', releases: {} },
    },
  });
  expect(readFileSync(file()).equals(before)).toBe(true);
  // SQLite's own, of every reader.
  expect(readdirSync(data).filter((name) => !/-(shm|wal)$/.test(name))).toEqual(['ratchet.db']);
});

it('is held by a process, which keeps it', async () => {
  await makeStore();
  const lock = lockDataFolder(data);
  try {
    expect((await inspectData(data, clock)).lock).toMatchObject({ holder: { pid: process.pid } });
    expect(lockDataFolder(data).ok).toBe(false);
  } finally {
    if (lock.ok) lock.release();
  }
  expect(dataLockState(data)).toBe('free');
  const again = lockDataFolder(data);
  expect(again.ok).toBe(true);
  if (again.ok) again.release();
});

it.each<[string, () => void, object]>([
  [
    'no database',
    () => writeFileSync(file(), 'this is a letter to my aunt, and no database at all'.repeat(100)),
    { kind: 'unusable', message: /damaged or no database/ },
  ],
  [
    'another program’s',
    () => new Database(file()).exec('CREATE TABLE songs (name TEXT)').close(),
    { kind: 'unusable', message: /no database of Ratchet/ },
  ],
])('holds %s', async (_name, make, expected) => {
  mkdirSync(data);
  make();
  const { database } = await inspectData(data, clock);
  const { kind, message } = expected as { kind: string; message: RegExp };
  expect(database).toMatchObject({ kind, message: expect.stringMatching(message) });
});

it('is of a newer or an older version', async () => {
  await makeStore();
  const change = (sql: string) => new Database(file()).exec(sql).close();
  change('UPDATE __drizzle_migrations SET created_at = created_at + 1000000000000');
  expect((await inspectData(data, clock)).database).toMatchObject({ kind: 'unusable', message: expect.stringContaining('newer version') });
  change('UPDATE __drizzle_migrations SET created_at = created_at - 2000000000000');
  expect((await inspectData(data, clock)).database).toEqual({ kind: 'older' });
});

if (process.getuid?.() !== 0) {
  it('can’t be written', async () => {
    await makeStore();
    chmodSync(data, 0o500);
    try {
      expect((await inspectData(data, clock)).isWritable).toBe(false);
    } finally {
      chmodSync(data, 0o700);
    }
  });
}
