import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { StoreError } from '../store.ts';

export type Sqlite = Database.Database;

/** Found beside src/ in a checkout and beside dist/ in an image. */
const migrationsFolder = [new URL('../../../drizzle', import.meta.url), new URL('../../../../drizzle', import.meta.url)].map((url) =>
  fileURLToPath(url),
);

/**
 * Opens the database of one data folder (or `:memory:`) and brings its schema up to date.
 * WAL with synchronous=FULL: a commit is on disk before its request is answered (promise 1).
 * Throws StoreError naming the file when it can't be opened, is damaged or is newer than this version.
 */
export function openDatabase(file: string): Sqlite {
  try {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
    const db = new Database(file);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('busy_timeout = 5000');
    db.pragma('foreign_keys = ON');
    db.pragma('wal_autocheckpoint = 4000');
    migrateUp(db);
    return db;
  } catch (error) {
    throw new StoreError(`can't open the database ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function migrateUp(db: Sqlite): void {
  let failure: unknown;
  for (const folder of migrationsFolder) {
    try {
      migrate(drizzle(db), { migrationsFolder: folder });
      return;
    } catch (error) {
      if (!String(error).includes('meta/_journal.json')) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** Read-only, for verbs that look while the server may be running. Never migrates. */
export function openDatabaseReadOnly(file: string): Sqlite {
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true });
    db.pragma('busy_timeout = 5000');
    return db;
  } catch (error) {
    throw new StoreError(`can't read the database ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
