import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/** Who holds the data folder, as told in ratchet.pid. Only for people: the lock itself is the open file's. */
export interface LockHolder {
  pid: number;
  hostname: string;
}

export type DataLock = { ok: true; release(): void } | { ok: false; holder?: LockHolder; message: string };

/**
 * Makes this process the only one on the data folder, which it creates if need be. The lock is SQLite's
 * exclusive lock on ratchet.lock: the kernel drops it with the process, however that ends, so there are no
 * stale locks and a reused pid means nothing. A folder that can't be made or written is not locked either.
 */
export function lockDataFolder(folder: string): DataLock {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return lock(folder);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, message: `the data folder ${folder} can't be used: ${why}; check its owner, its rights and the room on its disk` };
  }
}

function lock(folder: string): DataLock {
  const holderFile = join(folder, 'ratchet.pid');
  const database = new Database(join(folder, 'ratchet.lock'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
    const holder = readHolder(holderFile);
    const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.hostname}`;
    return {
      ok: false,
      ...(holder === undefined ? {} : { holder }),
      message: `the data folder ${folder} is in use by ${who}; one Ratchet serves one data folder`,
    };
  }
  try {
    writeFileSync(holderFile, `${JSON.stringify({ pid: process.pid, hostname: hostname() })}\n`, { mode: 0o600 });
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    ok: true,
    release: () => {
      if (!database.open) return;
      rmSync(holderFile, { force: true });
      database.exec('ROLLBACK');
      database.close();
    },
  };
}

function readHolder(path: string): LockHolder | undefined {
  try {
    const { pid, hostname: machine } = JSON.parse(readFileSync(path, 'utf8')) as Partial<LockHolder>;
    return typeof pid === 'number' && typeof machine === 'string' ? { pid, hostname: machine } : undefined;
  } catch {
    return undefined;
  }
}

/** Who holds the data folder now; `free` when nobody does, or there is none. Leaves everything as it is. */
export function dataLockState(folder: string): 'free' | { holder?: LockHolder } {
  const file = join(folder, 'ratchet.lock');
  if (!existsSync(file)) return 'free';
  const database = new Database(file, { timeout: 0, readonly: true });
  try {
    // Reading needs a lock that the holder's excludes.
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return 'free';
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
    const holder = readHolder(join(folder, 'ratchet.pid'));
    return holder === undefined ? {} : { holder };
  } finally {
    database.close();
  }
}
