import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { type BackupMark, type SiteRow, StoreError } from '../store.ts';
import { openDatabaseReadOnly, type Sqlite } from './database.ts';
import { reasonOf } from './trouble.ts';

/** What a backup is of, as it tells itself. */
export interface BackupFacts {
  mark: BackupMark;
  /** Host the store belongs to; undefined in a store that never started. */
  host: string | undefined;
  devices: number;
  bytes: number;
}

/**
 * Copies the database of a data folder into a new file, at one moment, beside a server that goes on writing; the copy is
 * compacted, checked, flushed and carries the mark that makes Ratchet start held on it (rule 35). Nothing is overwritten,
 * and a copy that is not finished never has the name of one. Throws StoreError, with what to do.
 */
export function backUpDatabase(source: string, target: string, mark: BackupMark): BackupFacts {
  if (existsSync(target)) throw new StoreError(`${target} is there already; nothing is overwritten`);
  const partial = `${target}.${process.pid}.partial`;
  let db: Sqlite | undefined;
  try {
    closeSync(openSync(partial, 'wx', 0o600));
    db = openDatabaseReadOnly(source, { mayBeOlder: true });
    // One read transaction: writers go on, and what they write meanwhile is not in it.
    db.prepare('VACUUM INTO ?').run(partial);
    const facts = writeMark(partial, mark);
    giveName(partial, target);
    flush(dirname(target));
    return facts;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    if (isTaken(error)) throw new StoreError(`${target} is there already; nothing is overwritten`, { cause: error });
    throw new StoreError(`can't write the backup ${target}: ${reasonOf(error)}`, { cause: error });
  } finally {
    db?.close();
    removeDatabase(partial);
  }
}

/** Reads what a backup (or a plain copy of a database) is of. Throws StoreError when it is none, is damaged or newer. */
export function inspectBackup(file: string): { marked: BackupMark | undefined } & Omit<BackupFacts, 'mark'> & { lastCommitAt: number } {
  const db = openDatabaseReadOnly(file, { mayBeOlder: true });
  try {
    const check = db.pragma('integrity_check(1)', { simple: true });
    if (check !== 'ok') throw new Error(`it is damaged (${String(check)}); take an older backup`);
    const marked = readMeta<BackupMark>(db, 'backup');
    return { marked, lastCommitAt: readMeta<number>(db, 'lastCommitAt') ?? 0, ...factsOf(db, file) };
  } catch (error) {
    throw new StoreError(`can't restore ${file}: ${reasonOf(error)}`, { cause: error });
  } finally {
    db.close();
  }
}

/**
 * Puts a backup into a data folder whose lock the caller holds. What is there is put aside under a name that tells when
 * (`ratchet.db.before-…`), never deleted. Resolves to the names of what was put aside. Throws StoreError.
 */
export function restoreDatabase(backup: string, target: string, mark: BackupMark, suffix: string): string[] {
  const partial = `${target}.${process.pid}.partial`;
  try {
    copyFileSync(backup, partial);
    writeMark(partial, mark);
    // The log first: a database without its log is an older state of itself, one with another's log is broken.
    const aside = ['-wal', '-shm', ''].flatMap((end) => {
      if (!existsSync(`${target}${end}`)) return [];
      renameSync(`${target}${end}`, `${target}.before-${suffix}${end}`);
      return [`${basename(target)}.before-${suffix}${end}`];
    });
    renameSync(partial, target);
    flush(dirname(target));
    return aside;
  } catch (error) {
    throw new StoreError(`can't restore ${backup}: ${reasonOf(error)}`, { cause: error });
  } finally {
    removeDatabase(partial);
  }
}

/** At once and never over another: by a second name where the disk has such, else by a copy. */
function giveName(partial: string, target: string): void {
  try {
    linkSync(partial, target);
  } catch (error) {
    if (isTaken(error)) throw error;
    copyFileSync(partial, target, constants.COPYFILE_EXCL);
    flush(target);
  }
}

function writeMark(file: string, mark: BackupMark): BackupFacts {
  const db = new Database(file, { fileMustExist: true });
  try {
    // One file and no log beside it: a backup is copied as one.
    db.pragma('journal_mode = DELETE');
    db.pragma('synchronous = FULL');
    db.prepare("INSERT INTO meta (key, value) VALUES ('backup', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value").run(
      JSON.stringify(mark),
    );
    forgetForwarded(db);
    return { mark, ...factsOf(db, file) };
  } finally {
    db.close();
    flush(file);
  }
}

/** Webhooks that waited for other consumers then: once the copy is used they have long been sent, and would be old news. */
function forgetForwarded(db: Sqlite): void {
  if (db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'forward_events'").pluck().get() === 0) return;
  db.exec('DELETE FROM forward_waiting; DELETE FROM forward_events;');
}

function factsOf(db: Sqlite, file: string): Omit<BackupFacts, 'mark'> {
  return {
    host: readMeta<SiteRow['host']>(db, 'host'),
    devices: Number(db.prepare('SELECT count(*) FROM enrollments').pluck().get()),
    bytes: statSync(file).size,
  };
}

function readMeta<T>(db: Sqlite, key: string): T | undefined {
  const text = db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(key) as string | undefined;
  return text === undefined ? undefined : ((JSON.parse(text) as T | null) ?? undefined);
}

function flush(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** With what SQLite may have laid beside it. */
function removeDatabase(file: string): void {
  const folder = dirname(file);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) if (name.startsWith(basename(file))) rmSync(join(folder, name), { force: true });
}

function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}
