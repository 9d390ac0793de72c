import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { StoreError } from '../store.ts';
import { reasonOf } from './trouble.ts';

export type Sqlite = Database.Database;

/** Found beside src/ in a checkout and beside dist/ in an image. */
const migrationsFolders = [new URL('../../../drizzle', import.meta.url), new URL('../../../../drizzle', import.meta.url)].map((url) =>
  fileURLToPath(url),
);

/**
 * Opens the database of one data folder (or `:memory:`) and brings its schema up to date.
 * WAL with synchronous=FULL: a commit is on disk before its request is answered (promise 1).
 * Throws StoreError naming the file when it can't be opened or written, is damaged or is newer than this version.
 */
export function openDatabase(file: string): Sqlite {
  let db: Sqlite | undefined;
  try {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
    db = new Database(file);
    // One enrollment is 4 to 6 kB: pages of 8 kB hold it without overflow pages. Only an empty file takes this.
    db.pragma('page_size = 8192');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('busy_timeout = 5000');
    db.pragma('foreign_keys = ON');
    // 64 MB: reached only when the checkpointer's thread does not catch up.
    db.pragma('wal_autocheckpoint = 8000');
    const migrationsFolder = findMigrations();
    if (isNewer(db, migrationsFolder)) throw new Error(NEWER);
    // Better now, where a person looks, than in the middle of the night: 0.1 s per 100 MB.
    const check = String(db.pragma('quick_check(1)', { simple: true }));
    if (check !== 'ok') throw new Error(`it is damaged (${check}); go back to a backup (ratchet restore)`);
    migrate(drizzle(db), { migrationsFolder });
    // The loop stands still while it waits for another program's lock: from here on webhooks wait with it.
    db.pragma('busy_timeout = 1000');
    return db;
  } catch (error) {
    db?.close();
    throw new StoreError(`can't open the database ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Read-only, for verbs that look while the server may be running. Never migrates. Throws StoreError naming the file, also
 * for an older schema unless `mayBeOlder`.
 */
export function openDatabaseReadOnly(file: string, { mayBeOlder = false }: { mayBeOlder?: boolean } = {}): Sqlite {
  let db: Sqlite | undefined;
  try {
    db = new Database(file, { readonly: true, fileMustExist: true });
    db.pragma('busy_timeout = 5000');
    const migrationsFolder = findMigrations();
    if (isNewer(db, migrationsFolder)) throw new Error(NEWER);
    const applied = newestApplied(db);
    if (mayBeOlder && applied === 0) throw new Error('it is no database of Ratchet');
    if (!mayBeOlder && applied < newestKnown(migrationsFolder))
      throw new Error('it was written by an older version of Ratchet, or not by Ratchet; ratchet serve brings it up to date');
    return db;
  } catch (error) {
    db?.close();
    throw new StoreError(`can't read the database ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

const NEWER = 'it was written by a newer version of Ratchet; run that version, or go back to a backup made before it';

/** The migrator itself takes a schema from the future for its own: it only looks for what is missing. */
function isNewer(db: Sqlite, migrationsFolder: string): boolean {
  return newestApplied(db) > newestKnown(migrationsFolder);
}

function newestApplied(db: Sqlite): number {
  const isMigrated = db.prepare("SELECT count(*) FROM sqlite_master WHERE name = '__drizzle_migrations'").pluck().get() === 1;
  return isMigrated ? Number(db.prepare('SELECT max(created_at) FROM __drizzle_migrations').pluck().get() ?? 0) : 0;
}

function newestKnown(migrationsFolder: string): number {
  return Math.max(...readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis));
}

function findMigrations(): string {
  const folder = migrationsFolders.find((candidate) => existsSync(join(candidate, 'meta', '_journal.json')));
  if (folder === undefined) throw new Error('the folder drizzle/ is missing beside the program');
  return folder;
}
