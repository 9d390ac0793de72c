import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BackupOutcome, BackupTaken, BackupUsed } from './cli/backup.types.ts';
import { lockDataFolder } from './runtime/data-lock.ts';
import { backUpDatabase, inspectBackup, restoreDatabase } from './store/sqlite/backup.ts';
import { StoreError } from './store/store.ts';
import { rfc3339 } from './time/rfc3339.ts';

const DATABASE = 'ratchet.db';

/** `ratchet backup`: the database of a data folder into a new file, whether or not a server runs on it. */
export function backUp(dataFolder: string, file: string, version: string, now: number): BackupOutcome<BackupTaken> {
  const source = join(dataFolder, DATABASE);
  if (!existsSync(source)) return { ok: false, message: `There is no database of Ratchet in ${dataFolder}; --data names its folder.` };
  return told(() => {
    const { mark, ...facts } = backUpDatabase(source, file, { at: now, version });
    return { file, at: mark.at, version, ...facts };
  });
}

/** `ratchet restore`: a backup into a data folder on which no server runs. */
export function restore(dataFolder: string, file: string, version: string, now: number): BackupOutcome<BackupUsed> {
  if (!existsSync(file)) return { ok: false, message: `There is no file ${file}.` };
  const lock = lockDataFolder(dataFolder);
  if (!lock.ok) return { ok: false, message: `Stop the server first: ${lock.message}.` };
  try {
    return told(() => {
      const { marked, lastCommitAt, ...facts } = inspectBackup(file);
      // A copy made by other means carries no mark: it is as old as the last minute its server saw.
      const mark = marked ?? { at: lastCommitAt, version };
      const suffix = rfc3339(now).replaceAll(':', '-');
      const aside = restoreDatabase(file, join(dataFolder, DATABASE), mark, suffix);
      return { file, data: dataFolder, at: mark.at, version: mark.version, isMarked: marked !== undefined, ...facts, aside };
    });
  } finally {
    lock.release();
  }
}

function told<T>(act: () => T): BackupOutcome<T> {
  try {
    return { ok: true, value: act() };
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, message: `${error.message}.` };
    throw error;
  }
}
