import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabaseReadOnly } from '../../src/store/sqlite/database.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { StoreError } from '../../src/store/store.ts';
import { commitOf } from './builders.ts';

const clock = { turn: () => new Promise<void>((resolve) => setImmediate(resolve)) };
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-open-'));
  file = join(folder, 'ratchet.db');
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

const open = () => openSqliteStore({ file, clock });

async function makeDatabase(): Promise<void> {
  const store = open();
  await store.commitReconciled(Array.from({ length: 50 }, (_, index) => commitOf(`D${index}`)));
  await store.close();
}

function change(sql: string): void {
  const db = new Database(file);
  db.exec(sql);
  db.close();
}

/** What the attempt was refused with; it must name the file, and be of our kind. */
function refusal(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    expect((error as Error).message).toContain(file);
    return (error as Error).message;
  }
  throw new Error('it was opened');
}

describe('a database', () => {
  it('is made with a write-ahead log', () => {
    const store = open();
    const db = new Database(file);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    db.close();
    return store.close();
  });

  it('of a newer version is left alone', async () => {
    await makeDatabase();
    change("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('of the future', 99999999999999)");
    const before = readFileSync(file);
    expect(refusal(open)).toContain('written by a newer version of Ratchet');
    expect(refusal(() => openDatabaseReadOnly(file))).toContain('written by a newer version of Ratchet');
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('of an older version is brought up to date by serving, and refused by verbs that only look', async () => {
    await makeDatabase();
    change('DROP TABLE __drizzle_migrations');
    expect(refusal(() => openDatabaseReadOnly(file))).toContain('older version');
  });

  it('that is no database is said to be none', () => {
    writeFileSync(file, 'not a database, but long enough to be looked at as one. '.repeat(100));
    expect(refusal(open)).toContain('damaged or no database');
  });

  it('whose pages are overwritten is said to be damaged', async () => {
    await makeDatabase();
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, Buffer.alloc(3_000, 0xff), 0, 3_000, 100);
    expect(refusal(open)).toContain('damaged');
  });

  it('that can’t be opened (a folder has its name) is said to be so', () => {
    mkdirSync(file);
    expect(refusal(open)).toContain('unable to open database file');
  });

  it('in a folder that can’t be made (a file has its name) is said to be so', () => {
    writeFileSync(join(folder, 'taken'), '');
    file = join(folder, 'taken', 'ratchet.db');
    expect(refusal(open)).toMatch(/ENOTDIR|EEXIST/);
  });

  it('in a folder that may not be written is said to be so', (context) => {
    if (process.getuid?.() === 0) return context.skip('root may write everywhere');
    chmodSync(folder, 0o500);
    expect(refusal(open)).toMatch(/unable to open|readonly/);
  });

  it('that isn’t there is not made by only looking', () => {
    expect(refusal(() => openDatabaseReadOnly(file))).toContain('unable to open');
  });
});
